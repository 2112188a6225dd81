import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Code, FileText, RotateCcw, Trash2, Type } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { binOf, cellsOf, type BinnedCell } from "../model/cells";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { EmptyState } from "../ui/EmptyState";
import { Time } from "../ui/Time";
import { useCells } from "./CellsContext";
import { focusCell, sectionOf } from "./perform";

const ICONS = { code: Code, markdown: Type, raw: FileText } as const;

/** Who wrote with these client ids, by id. */
export type WritersOf = (clients: readonly number[]) => Promise<ReadonlyMap<number, string>>;

/** The deleted cells, the last deleted first. They keep their place, their outputs and their comments. */
export function BinDialog({
  open,
  onOpenChange,
  writersOf,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  writersOf: WritersOf;
}) {
  const restored = useRef<string | null>(null);
  const close = (cell: string): void => {
    restored.current = cell;
    onOpenChange(false);
  };
  const finalFocus = (): HTMLElement | null => {
    const cell = restored.current;
    restored.current = null;
    return cell === null ? null : sectionOf(cell);
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Deleted cells`} size="medium" finalFocus={finalFocus}>
      {open && <Bin writersOf={writersOf} onRestored={close} />}
    </Dialog>
  );
}

function Bin({ writersOf, onRestored }: { writersOf: WritersOf; onRestored: (cell: string) => void }) {
  const cells = useCells();
  const [binned, setBinned] = useState(() => binOf(cellsOf(cells.doc)));
  const [writers, setWriters] = useState<ReadonlyMap<number, string>>(new Map());
  useEffect(() => cells.source.subscribeOrder(() => setBinned(binOf(cellsOf(cells.doc)))), [cells]);
  const clients = [...new Set(binned.map((cell) => cell.client))].sort((a, b) => a - b).join(",");
  useEffect(() => {
    let isWanted = true;
    if (clients !== "")
      void writersOf(clients.split(",").map(Number)).then((known) => {
        if (isWanted) setWriters(known);
      });
    return () => {
      isWanted = false;
    };
  }, [clients, writersOf]);

  const restore = (cell: BinnedCell): void => {
    cells.actions.restore([cell.id]);
    requestAnimationFrame(() => {
      focusCell(cells, cell.id); // unfolds its section and scrolls there
      onRestored(cell.id);
    });
  };
  if (binned.length === 0) {
    return (
      <EmptyState
        icon={Trash2}
        title={t`Nothing is deleted`}
      >{t`Cells that somebody deletes wait here, with their outputs.`}</EmptyState>
    );
  }
  return (
    <ul aria-label={t`Deleted cells`} className="bin-list">
      {binned.map((cell) => {
        const Icon = ICONS[cell.type];
        const writer = writers.get(cell.client);
        return (
          <li key={cell.id} className="bin-item">
            <div className="bin-head">
              <Icon size={14} aria-hidden className="shrink-0 text-fg3" />
              <span className="min-w-0 flex-1 truncate">
                <Trans>
                  Deleted <Time at={new Date(cell.deletedAt).toISOString()} />
                  {writer !== undefined && t` by ${writer}`}
                </Trans>
              </span>
              <Button size="small" kind="ghost" icon={RotateCcw} onClick={() => restore(cell)}>{t`Restore`}</Button>
            </div>
            {/* Long texts scroll in their own box, which the keyboard must reach. */}
            {}
            <pre className="bin-text" tabIndex={0} aria-label={t`Its text`}>
              {cell.text}
            </pre>
          </li>
        );
      })}
    </ul>
  );
}
