import { t } from "@lingui/core/macro";
import { ChevronRight } from "lucide-react";
import { useEffect, useRef, useState, type DragEvent, type ReactNode } from "react";
import { cx } from "../ui/cx";
import { Time } from "../ui/Time";
import type { FileEntry } from "../wire/http";
import { FileIcon } from "./FileIcon";
import { sizeText } from "../model/sizes";
import { faultOf, readable } from "./names";
import type { Row } from "./rows";

export interface FileRowProps {
  row: Extract<Row, { type: "entry" }>;
  active: boolean;
  wide: boolean;
  renaming: boolean;
  draggable: boolean;
  /** Whether what is dragged would go here. */
  target: boolean;
  menu: ReactNode;
  onPress: (entry: FileEntry) => void;
  onFocus: (entry: FileEntry) => void;
  onRename: (entry: FileEntry, name: string | null) => void;
  onDragStart: (entry: FileEntry, event: DragEvent) => void;
}

/** One name in the tree. */
export function FileRow(props: FileRowProps) {
  const { row, active, wide, renaming, menu, onPress, onFocus, onRename } = props;
  const { entry, expanded } = row;
  const name = readable(entry.name);
  return (
    // The tree has the keys: it says which row they are for.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.place}
      aria-setsize={row.of}
      aria-expanded={expanded ?? undefined}
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-key={row.key}
      data-target={props.target || undefined}
      draggable={props.draggable && !renaming}
      className={cx("file-row", active && "file-active")}
      style={{ paddingLeft: 4 + 16 * Math.min(row.level - 1, 12) }}
      onClick={(event) => isOfRow(event) && onPress(entry)}
      onFocus={() => onFocus(entry)}
      onDragStart={(event) => props.onDragStart(entry, event)}
    >
      <span className="file-fold">
        {expanded !== null && (
          <ChevronRight size={14} aria-hidden className={cx("file-chevron", expanded && "rotate-90")} />
        )}
      </span>
      <FileIcon entry={entry} open={expanded === true} />
      {renaming ? (
        <NameInput entry={entry} onDone={(next) => onRename(entry, next)} />
      ) : (
        <span className="file-name" title={name}>
          {name}
        </span>
      )}
      {wide && !renaming && (
        <>
          <span className="file-size">{entry.kind === "file" ? sizeText(entry.size) : ""}</span>
          <span className="file-time">
            <Time at={entry.changed_at} />
          </span>
        </>
      )}
      {!renaming && <span className="file-menu">{menu}</span>}
    </div>
  );
}

/** Whether an event is about the row itself: those of its menu come by here too, from wherever it is drawn. */
export function isOfRow(event: { target: EventTarget; currentTarget: Element }): boolean {
  const { target, currentTarget } = event;
  return target instanceof Element && currentTarget.contains(target) && target.closest(".file-menu") === null;
}

function NameInput({ entry, onDone }: { entry: FileEntry; onDone: (name: string | null) => void }) {
  const [name, setName] = useState(entry.name);
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  const fault = name === entry.name ? null : faultOf(name);
  useEffect(() => {
    const stem = entry.kind === "file" ? entry.name.lastIndexOf(".") : -1;
    input.current?.focus();
    input.current?.setSelectionRange(0, stem > 0 ? stem : entry.name.length);
  }, [entry]);
  const end = (next: string | null): void => {
    if (done.current) return;
    done.current = true;
    onDone(next === entry.name ? null : next);
  };
  return (
    <input
      ref={input}
      aria-label={t`New name of ${readable(entry.name)}`}
      aria-invalid={fault !== null}
      title={fault ?? undefined}
      className="file-input"
      value={name}
      maxLength={255}
      spellCheck={false}
      onChange={(event) => setName(event.target.value)}
      onClick={(event) => event.stopPropagation()}
      onBlur={() => end(fault === null ? name.trim() : null)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter" && fault === null) end(name.trim());
        if (event.key === "Escape") end(null);
      }}
    />
  );
}
