/** What the source document says of a cell of SQL, beside its text. Pure reading and writing of one metadata entry. */

import * as Y from "yjs";

/** The entry of a cell's metadata that says what a cell of code is beside Python, as JSON. */
export const KIND_META = "json:commonbook";

export interface SqlCell {
  /** Null asks the tables in the kernel. */
  readonly connection: string | null;
  readonly result: string | null;
  /** How many rows are fetched; 0 for all. */
  readonly rows: number;
}

export const USUAL_ROWS = 1000;
export const ROW_LIMITS: readonly number[] = [100, 1000, 10_000, 100_000, 0];

const OWN = new Set(["kind", "connection", "result", "rows"]);
/** What importing a file keeps in the same entry. */
const MARKS = new Set(["id", "metadata", "kept", "cell_type", "misfit"]);
const RESULT = /^(?!_)[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]{0,99}$/u;
const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

export function isResultName(name: string): boolean {
  return RESULT.test(name) && !KEYWORDS.has(name);
}

/** What a cell of SQL asks; null for any other cell. */
export function sqlOf(cell: Y.Map<unknown>): SqlCell | null {
  const meta = cell.get("meta");
  const text = meta instanceof Y.Map && cell.get("type") === "code" ? (meta.get(KIND_META) as unknown) : undefined;
  return typeof text === "string" ? readSql(text) : null;
}

export function readSql(text: string): SqlCell | null {
  const found = parsed(text);
  if (found["kind"] !== "sql") return null;
  const { connection, result, rows } = found;
  return {
    connection: typeof connection === "string" && connection !== "" ? connection : null,
    result: typeof result === "string" && isResultName(result) ? result : null,
    rows: typeof rows === "number" && Number.isInteger(rows) && rows >= 0 && rows <= 1_000_000 ? rows : USUAL_ROWS,
  };
}

/** The entry with `sql` in it, or without any; what others keep there stays. Null where nothing is left. */
export function writtenSql(before: unknown, sql: SqlCell | null): string | null {
  const found = typeof before === "string" ? parsed(before) : {};
  // What belongs to another kind goes with it.
  const stays = found["kind"] === "sql" ? (key: string) => !OWN.has(key) : (key: string) => MARKS.has(key);
  const kept = Object.entries(found).filter(([key]) => stays(key));
  const now = Object.fromEntries([...kept, ...(sql === null ? [] : Object.entries({ kind: "sql", ...sql }))]);
  return Object.keys(now).length === 0 ? null : JSON.stringify(now);
}

/** The first of df_1, df_2, … that no result has. */
export function freeResult(taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) if (!taken.has(`df_${number}`)) return `df_${number}`;
}

/** The names of all results in a notebook. */
export function resultsIn(cells: Y.Map<unknown>): Set<string> {
  const found = new Set<string>();
  for (const cell of cells.values()) {
    const result = cell instanceof Y.Map ? sqlOf(cell as Y.Map<unknown>)?.result : null;
    if (result != null) found.add(result);
  }
  return found;
}

export const sameSql = (a: SqlCell | null, b: SqlCell | null): boolean =>
  a === b || (a !== null && b !== null && a.connection === b.connection && a.result === b.result && a.rows === b.rows);

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
