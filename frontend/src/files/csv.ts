/** CSV as a table in the form that kernels store theirs. Pure. */

import { t } from "@lingui/core/macro";

/** Reads delimited text: quotes, doubled quotes, line ends of every kind. Stops after so many rows. */
export function readDelimited(text: string, mark: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const endRow = (): void => {
    row.push(field);
    field = "";
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  for (; at < text.length && rows.length < most; at += 1) {
    const c = text[at] ?? "";
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === mark) {
      row.push(field);
      field = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[at + 1] === "\n") at += 1;
      endRow();
    } else field += c;
  }
  if (rows.length < most && (field !== "" || row.length > 0)) endRow();
  return rows;
}

/** The mark between the fields: whichever of `,`, `;`, tab and `|` the first line has most of. */
export function markOf(text: string): string {
  const line = text.slice(0, 10_000).split(/\r?\n/, 1)[0] ?? "";
  const count = (mark: string): number => line.split(mark).length - 1;
  return [",", ";", "\t", "|"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
const MISSING = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]);

function kindOf(cells: readonly (string | null)[]): { kind: string; type: string } {
  const there = cells.filter((cell) => cell !== null && !MISSING.has(cell));
  const all = (test: RegExp): boolean => there.length > 0 && there.every((cell) => cell !== null && test.test(cell));
  if (all(WHOLE)) return { kind: "integer", type: "whole numbers" };
  if (all(NUMBER)) return { kind: "number", type: "numbers" };
  if (all(DATE)) return { kind: "date", type: "dates" };
  if (all(MOMENT)) return { kind: "datetime", type: "times" };
  if (all(/^(true|false)$/i)) return { kind: "boolean", type: "booleans" };
  return { kind: "text", type: "text" };
}

/** A table in its stored form; `total` null where it goes on behind what was read. */
export function storedTable(
  names: readonly string[],
  columns: readonly (readonly (string | null)[])[],
  total: number | null,
  library: string,
  types?: readonly { kind: string; type: string }[],
): unknown {
  return {
    version: 1,
    frame: null,
    name: null,
    library,
    form: "file",
    rows: total,
    columns_total: names.length,
    columns: names.map((name, at) => ({ at, name, ...(types?.[at] ?? kindOf(columns[at] ?? [])), profile: null })),
    index: [],
    // 0 stands for what is missing.
    cells: columns.map((column) => column.map((cell) => (isMissing(cell, types) ? 0 : shortened(cell)))),
    index_cells: [],
  };
}

/** Where the types are known, so is what is missing; in a CSV it is told by its text. */
const isMissing = (cell: string | null, types: unknown): cell is null =>
  cell === null || (types === undefined && MISSING.has(cell));

const LONGEST = 500;
const shortened = (cell: string): string | [string, number] =>
  cell.length > LONGEST ? [cell.slice(0, LONGEST), cell.length] : cell;

export const MOST_COLUMNS = 300;

/** Delimited text as a table: its first row names the columns. */
export function tableOf(text: string, most: number, isCut: boolean, mark = markOf(text)): unknown {
  const read = readDelimited(text, mark, most + 2);
  const [head = [], ...body] = read;
  const goesOn = isCut || body.length > most;
  // The last row of a part may be half a row.
  const rows = body.length > most ? body.slice(0, most) : isCut ? body.slice(0, -1) : body;
  const names = head.slice(0, MOST_COLUMNS).map((name, at) => (name.trim() === "" ? t`column ${at + 1}` : name));
  const columns = names.map((_, at) => rows.map((row) => row[at] ?? ""));
  return storedTable(names, columns, goesOn ? null : rows.length, "CSV");
}
