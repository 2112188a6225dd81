/** What a cell of SQL tells of its run, read from its output. Pure. */

import { plural, t } from "@lingui/core/macro";

export const SQL_MIME = "application/vnd.commonbook.sql+json";

export interface Statement {
  readonly statement: string;
  readonly ms: number;
  readonly rows: number | null;
  readonly changed: number | null;
}

export interface SqlRun {
  readonly connection: string;
  readonly result: string | null;
  readonly ms: number;
  readonly statements: readonly Statement[];
  readonly rows: number | null;
  readonly isPartial: boolean;
  readonly uses: readonly string[];
  readonly partial: readonly string[];
}

/** Null for what is none: a kernel may put out anything. */
export function readRun(value: unknown): SqlRun | null {
  if (!isObject(value) || value["version"] !== 1 || !Array.isArray(value["statements"])) return null;
  return {
    connection: text(value["connection"]),
    result: typeof value["result"] === "string" ? value["result"] : null,
    ms: number(value["ms"]) ?? 0,
    statements: value["statements"].filter(isObject).map((each) => ({
      statement: text(each["statement"]),
      ms: number(each["ms"]) ?? 0,
      rows: number(each["rows"]),
      changed: number(each["changed"]),
    })),
    rows: number(value["rows"]),
    isPartial: value["is_partial"] === true,
    uses: texts(value["uses"]),
    partial: texts(value["partial"]),
  };
}

/** "1,000 rows", "3 rows changed", "done". */
export function outcomeOf(statement: Statement): string {
  if (statement.rows !== null) return rowsText(statement.rows);
  if (statement.changed !== null) return changedText(statement.changed);
  return t`done`;
}

/** The one line on a run. */
export function summaryOf(run: SqlRun): string {
  if (run.rows !== null) return run.isPartial ? firstText(run.rows) : rowsText(run.rows);
  const changed = run.statements.filter((each) => each.changed !== null);
  if (changed.length === 0) return t`Done`;
  return changedText(changed.reduce((sum, each) => sum + (each.changed ?? 0), 0));
}

export function milliseconds(ms: number): string {
  return ms < 1000
    ? t`${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
    : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

const rowsText = (count: number): string => plural(count, { one: "# row", other: "# rows" });
const changedText = (count: number): string => plural(count, { one: "# row changed", other: "# rows changed" });
const firstText = (count: number): string => plural(count, { one: "The first # row", other: "The first # rows" });
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, 200) : "");
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string").slice(0, 20) : [];
