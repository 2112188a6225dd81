/** A table under a cell. Reads well from what is stored alone; with a kernel, everything of it can be looked at. */
import { useMemo, useState, type ReactElement } from "react";
import { readFrame, storedRows, type Frame } from "./bundle";
import { FrameDialog } from "./FrameDialog";
import { FrameView } from "./FrameView";
import { PrintTable, usePrinting } from "./PrintTable";
import "./frames.css";

export interface FrameOutputProps {
  /** The stored form, as JSON. */
  value: unknown;
  /** Under which the person's view is kept while the page is open. */
  viewKey: string;
  /** How the cell is called, as "cell 3". */
  label: string;
  /** What to show where the stored form cannot be read. */
  fallback: ReactElement;
}

export function FrameOutput({ value, viewKey, label, fallback }: FrameOutputProps): ReactElement {
  const frame = useMemo(() => readFrame(value), [value]);
  const isPrinting = usePrinting();
  const [isOpen, setIsOpen] = useState(false);
  if (frame === null) return fallback;
  const title = titleOf(frame, label);
  if (isPrinting) return <PrintTable frame={frame} />;
  return (
    <div className="fr-output">
      <FrameView frame={frame} viewKey={viewKey} label={title} mode="output" onOpen={() => setIsOpen(true)} />
      {isOpen && <FrameDialog frame={frame} viewKey={viewKey} label={title} onClose={() => setIsOpen(false)} />}
    </div>
  );
}

function titleOf(frame: Frame, label: string): string {
  const rows = frame.rows ?? storedRows(frame);
  return `Table ${frame.name ?? ""} of ${label}, ${rows} rows, ${frame.columnsTotal} columns`.replace("  ", " ");
}
