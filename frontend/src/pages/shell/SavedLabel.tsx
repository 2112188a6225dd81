import { Check, CloudOff, Loader } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import { savedState, type SavedKind } from "../../model/saved";
import { useReadable } from "../../model/use";
import type { Connection } from "../../wire/provider";
import type { Readable } from "../../wire/store";

const ICONS: Record<SavedKind, typeof Check> = {
  loading: Loader,
  saved: Check,
  saving: Loader,
  reconnecting: CloudOff,
  offline: CloudOff,
  closed: CloudOff,
};

/** Whether what was typed is safe. The count of unsent edits is written without React: it grows with each key. */
export const SavedLabel = memo(function SavedLabel({ connection }: { connection: Readable<Connection> }) {
  const kind = useReadable(connection, (now) => savedState(now).kind);
  const node = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      if (node.current !== null) node.current.textContent = savedState(connection.get()).text;
    };
    show();
    return connection.subscribe(show);
  }, [connection]);
  const Icon = ICONS[kind];
  return (
    <span className="saved-label" data-kind={kind}>
      <Icon size={14} aria-hidden className="shrink-0" />
      <span ref={node} />
    </span>
  );
});
