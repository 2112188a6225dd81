/** What is offered while SQL is written: tables, columns of the tables that a statement names, and keywords. */

import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
} from "@codemirror/autocomplete";
import type * as Sql from "@codemirror/lang-sql";
import { syntaxTree } from "@codemirror/language";
import { Prec, type Extension } from "@codemirror/state";
import { keymap, tooltips } from "@codemirror/view";

export interface SqlColumn {
  readonly name: string;
  readonly type: string;
}

/** A table. One that is near needs no schema before its name. */
export interface SqlTable {
  readonly schema: string;
  readonly isNear: boolean;
  readonly name: string;
  readonly columns: readonly SqlColumn[];
}

export type Schema = readonly SqlTable[];

/** How a dialect writes a name that is no plain word. */
export interface Quoting {
  readonly open: string;
  readonly close: string;
  /** A word with capitals means something else without quotes. */
  readonly foldsCase: boolean;
}

const RESERVED = new Set(
  (
    "all and as asc between by case check column create cross date default desc distinct else end except exists from " +
    "full group having in index inner insert into is join key left like limit not null offset on or order outer " +
    "primary references right row rows select set table then time timestamp to union unique update user using values " +
    "view when where with"
  ).split(" "),
);

/** A name as a query has to write it. */
export function written(name: string, { open, close, foldsCase }: Quoting): string {
  const isPlain = (foldsCase ? /^[a-z_][a-z0-9_]*$/ : /^[A-Za-z_][A-Za-z0-9_]*$/).test(name);
  if (isPlain && !RESERVED.has(name.toLowerCase())) return name;
  return `${open}${name.replaceAll(close, close + close)}${close}`;
}

/** The columns of the tables that a statement names, each name once. */
export function columnsNamed(statement: string, schema: Schema): { column: SqlColumn; table: string }[] {
  const words = new Set(statement.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  const text = statement.toLowerCase();
  const found = new Map<string, { column: SqlColumn; table: string }>();
  for (const { name, columns } of schema) {
    const lower = name.toLowerCase();
    if (!words.has(lower) && !(/\W/.test(lower) && text.includes(lower))) continue;
    for (const column of columns) if (!found.has(column.name)) found.set(column.name, { column, table: name });
  }
  return [...found.values()];
}

/** The statement around a place, as far as semicolons tell. */
export function statementAt(text: string, at: number): string {
  const end = text.indexOf(";", at);
  return text.slice(text.lastIndexOf(";", at - 1) + 1, end < 0 ? text.length : end);
}

export function namespaceOf(schema: Schema, quoting: Quoting): Sql.SQLNamespace {
  const named = (name: string, type: string, detail: string): Completion => ({
    label: name,
    apply: written(name, quoting),
    type,
    detail,
  });
  const tables = new Map<string, Record<string, Sql.SQLNamespace>>();
  const near: Record<string, Sql.SQLNamespace> = {};
  for (const { schema: where, isNear, name, columns } of schema) {
    const entry = {
      self: named(name, "class", isNear ? "" : where),
      children: columns.map((column) => named(column.name, "column", column.type)),
    };
    if (isNear) near[name] ??= entry;
    if (where === "") continue;
    const others = tables.get(where) ?? {};
    others[name] = entry;
    tables.set(where, others);
  }
  const schemas = [...tables].map(
    ([name, children]) => [name, { self: named(name, "module", "schema"), children }] as const,
  );
  return { ...Object.fromEntries(schemas), ...near };
}

export function sqlCompletion(
  module: typeof Sql,
  dialect: Sql.SQLDialect,
  schema: Schema,
  quoting: Quoting,
): Extension {
  const sources = [
    columnSource(schema, quoting),
    module.schemaCompletionSource({ dialect, schema: namespaceOf(schema, quoting) }),
    module.keywordCompletionSource(dialect, true),
  ];
  return [
    // In the page, since a cell cuts off what hangs over its edge.
    tooltips({ parent: document.body }),
    autocompletion({ override: sources.map(outsideValues), icons: false }),
    Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
  ];
}

function columnSource(schema: Schema, quoting: Quoting): CompletionSource {
  return (context): CompletionResult | null => {
    const word = context.matchBefore(/[\p{L}\p{N}_]*/u);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    const { state } = context;
    const isPart = /[."`[\]]/.test(state.sliceDoc(word.from - 1, word.from));
    if (isPart || /String|Comment|Quoted/.test(syntaxTree(state).resolveInner(context.pos, -1).name)) return null;
    const options = columnsNamed(statementAt(state.doc.toString(), context.pos), schema).map(
      ({ column, table }): Completion => ({
        label: column.name,
        apply: written(column.name, quoting),
        type: "column",
        detail: column.type === "" ? table : `${table} · ${column.type}`,
        boost: 2,
      }),
    );
    return options.length === 0 ? null : { from: word.from, options, validFor: /^[\p{L}\p{N}_]*$/u };
  };
}

/** Between double braces stands Python, and whoever may not edit is offered nothing. */
function outsideValues(source: CompletionSource): CompletionSource {
  return (context: CompletionContext) => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 2000), context.pos);
    if (context.state.readOnly || before.lastIndexOf("{{") > before.lastIndexOf("}}")) return null;
    return source(context);
  };
}
