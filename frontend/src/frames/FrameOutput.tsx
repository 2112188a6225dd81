/** A table under a cell. Reads well from what is stored alone; with a kernel, everything of it can be looked at. */
import { t } from "@lingui/core/macro";
import { useMemo, useState, type ReactElement } from "react";
import { readFrame, storedRows, type Frame } from "./bundle";
import { FrameDialog } from "./FrameDialog";
import { FrameView } from "./FrameView";
import { PrintTable, usePrinting } from "./PrintTable";
import type { FrameHost } from "./host";
import "./frames.css";

export interface FrameOutputProps {
  /** The stored form, as JSON. */
  value: unknown;
  /** Under which the person's view is kept while the page is open. */
  viewKey: string;
  /** How the cell is called, as "cell 3". */
  label: string;
  host: FrameHost;
  /** What to show where the stored form cannot be read. */
  fallback: ReactElement;
}

export function FrameOutput({ value, viewKey, label, host, fallback }: FrameOutputProps): ReactElement {
  const frame = useMemo(() => readFrame(value), [value]);
  const isPrinting = usePrinting();
  const [isOpen, setIsOpen] = useState(false);
  if (frame === null) return fallback;
  if (isPrinting) return <PrintTable frame={frame} />;
  const shared = {
    frame,
    table: frame.id === null ? null : `@${frame.id}`,
    host,
    viewKey,
    label: titleOf(frame, label),
  };
  return (
    <div className="fr-output">
      {/* Drawn anew once the window closes, with the view that was made there. */}
      <FrameView key={String(isOpen)} {...shared} mode="output" onOpen={() => setIsOpen(true)} />
      {isOpen && <FrameDialog {...shared} onClose={() => setIsOpen(false)} />}
    </div>
  );
}

function titleOf(frame: Frame, label: string): string {
  const rows = frame.rows ?? storedRows(frame);
  return t`Table ${frame.name ?? ""} of ${label}, ${rows} rows, ${frame.columnsTotal} columns`.replace("  ", " ");
}
