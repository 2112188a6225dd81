/** Where the active cell goes for a key, and what is copied. Pure. */
import type { Cell, Column } from "./bundle";
import { copied } from "./format";
import type { Range } from "./layout";

/** Row -1 is the header; places count the columns that show. */
export interface Place {
  readonly row: number;
  readonly place: number;
}

export interface Selection {
  readonly rows: Range;
  readonly places: Range;
}

interface Size {
  readonly rows: number;
  readonly places: number;
  /** Rows that a page key moves by. */
  readonly page: number;
}

/** The new place after a key; null for a key that moves nothing. */
export function move(from: Place, key: string, isCommand: boolean, size: Size): Place | null {
  const { row, place } = from;
  const last = { row: size.rows - 1, place: size.places - 1 };
  const at = (nextRow: number, nextPlace: number): Place => ({
    row: Math.min(last.row, Math.max(-1, nextRow)),
    place: Math.min(last.place, Math.max(0, nextPlace)),
  });
  switch (key) {
    case "ArrowUp":
      return at(isCommand ? 0 : row - 1, place);
    case "ArrowDown":
      return at(isCommand ? last.row : row + 1, place);
    case "ArrowLeft":
      return at(row, isCommand ? 0 : place - 1);
    case "ArrowRight":
      return at(row, isCommand ? last.place : place + 1);
    case "Home":
      return at(isCommand ? 0 : row, 0);
    case "End":
      return at(isCommand ? last.row : row, last.place);
    case "PageUp":
      return at(Math.max(0, row - size.page), place);
    case "PageDown":
      return at(row + size.page, place);
    default:
      return null;
  }
}

export const MOST_COPIED = 200_000;

export const cellsIn = ({ rows, places }: Selection): number => (rows.end - rows.start) * (places.end - places.start);

/** Selected cells as a spreadsheet takes them: a line for each row, tabs between cells; with names if there are several rows. */
export function asTsv(
  selection: Selection,
  columns: readonly Column[],
  cell: (row: number, column: number) => Cell | undefined,
): string {
  const chosen = columns.slice(selection.places.start, selection.places.end);
  const lines: string[] = [];
  if (selection.rows.end - selection.rows.start > 1) lines.push(chosen.map((column) => copied(column.name)).join("\t"));
  for (let row = Math.max(0, selection.rows.start); row < selection.rows.end; row += 1)
    lines.push(chosen.map((column) => copied(cell(row, column.at))).join("\t"));
  return lines.join("\n");
}
