/** What is in a database: found by name, and in words. Pure. */
import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import type { Schemas } from "../wire/http";

export type DatabaseSchema = Schemas["DatabaseSchema"];
export type DatabaseTable = Schemas["DatabaseTable"];

export interface ShownTable {
  readonly schema: string;
  readonly table: DatabaseTable;
  /** Whether its columns are what was looked for. */
  readonly isOpen: boolean;
}

export interface ShownSchema {
  readonly name: string;
  readonly tables: readonly ShownTable[];
}

/** So many tables are drawn at most; who looks for another one types its name. */
export const MOST_SHOWN = 300;

/** The tables whose name, or a column of which, holds the words; all without words. */
export function found(schema: DatabaseSchema, words: string): { schemas: ShownSchema[]; left: number } {
  const wanted = words.trim().toLowerCase();
  const holds = (name: string): boolean => name.toLowerCase().includes(wanted);
  let room = MOST_SHOWN;
  let left = 0;
  const schemas: ShownSchema[] = [];
  for (const { name, tables } of schema.schemas) {
    const fitting = tables.flatMap((table): ShownTable[] => {
      if (wanted === "" || holds(table.name)) return [{ schema: name, table, isOpen: false }];
      const columns = table.columns.filter((column) => holds(column.name));
      return columns.length === 0 ? [] : [{ schema: name, table: { ...table, columns }, isOpen: true }];
    });
    const drawn = fitting.slice(0, room);
    room -= drawn.length;
    left += fitting.length - drawn.length;
    if (drawn.length > 0) schemas.push({ name, tables: drawn });
  }
  return { schemas, left };
}

const figures = new Intl.NumberFormat(currentLocale());
const rounded = new Intl.NumberFormat(currentLocale(), { maximumSignificantDigits: 2 });

/** "1,204 rows", "about 3,100,000 rows", "view"; nothing where nobody knows. */
export function rowsText({ rows, is_estimate: isEstimate, is_view: isView }: DatabaseTable): string {
  if (rows === null) return isView ? t`view` : "";
  const count = isEstimate ? t`about ${rounded.format(rows)}` : figures.format(rows);
  return `${count} ${plural(rows, { one: "row", other: "rows" })}`;
}

/** How a table is named in a query that is not about its schema. */
export const titleOf = ({ schema, table }: { schema: string; table: string }): string =>
  schema === "" ? table : `${schema}.${table}`;

/** A table as editors know it. */
export interface KnownTable {
  readonly schema: string;
  readonly isNear: boolean;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** All tables in a row, for completion. */
export const tablesIn = (schemas: DatabaseSchema["schemas"]): KnownTable[] =>
  schemas.flatMap(({ name, is_near: isNear, tables }) =>
    tables.map((table) => ({ schema: name, isNear, name: table.name, columns: table.columns })),
  );
