/** Where a grid gets its cells from: the stored rows, or the kernel page by page. */
import { readCell, storedRows, type Cell, type Frame } from "./bundle";
import type { Range } from "./layout";
import { localRows } from "./local";
import type { RowsView } from "./view";

export interface RowSource {
  /** How many rows the view has. */
  readonly rows: number;
  /** A cell by its row in the view and its column's position; undefined while it is on its way. */
  cell: (row: number, column: number) => Cell | undefined;
  /** The address of a cell's thumbnail; null where there is none, undefined while it is on its way. */
  picture: (row: number, column: number) => string | null | undefined;
  /** What is about to be shown; the source gets what it lacks of it. */
  want: (rows: Range, columns: readonly number[]) => void;
  /** Tells of cells that came; `version` counts them. */
  subscribe: (listener: () => void) => () => void;
  version: () => number;
}

/** The stored rows of a frame, in the order of a view where all rows are stored. */
export function storedSource(frame: Frame, view: RowsView | null): RowSource {
  const rows = storedRows(frame);
  const order = view === null ? null : localRows(frame, rows, view);
  const placeOf = (row: number): number | undefined => (order === null ? row : order[row]);
  return {
    rows: order === null ? rows : order.length,
    cell: (row, column) => {
      const cells = column < 0 ? frame.indexCells[frame.index.length + column] : frame.cells[column];
      const at = placeOf(row);
      return at === undefined ? undefined : (readCell(cells?.[at]) ?? undefined);
    },
    picture: (row, column) => frame.pictures.get(column)?.[placeOf(row) ?? -1] ?? null,
    want: () => undefined,
    subscribe: () => () => undefined,
    version: () => 0,
  };
}
