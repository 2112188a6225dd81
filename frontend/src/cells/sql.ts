/** The language of cells of SQL. Its parser is large, so it comes with the first such cell. */

import type * as Sql from "@codemirror/lang-sql";
import { syntaxTree } from "@codemirror/language";
import { RangeSetBuilder, type Extension } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";
import type { Parser } from "@lezer/common";
import { fetchCode } from "../ui/code/fetchCode";
import type { Quoting, Schema } from "./sqlCompletion";

export type Dialect = "standard" | "postgresql" | "mysql" | "sqlite" | "mssql" | "duckdb" | "bigquery";

let loaded: Promise<typeof Sql> | null = null;
let parser: Parser | null = null;

function load(): Promise<typeof Sql> {
  loaded ??= fetchCode(() => import("@codemirror/lang-sql"));
  loaded.catch(() => (loaded = null));
  return loaded;
}

/** The parser for static views, once it is there. */
export const sqlParser = (): Parser | null => parser;

export async function loadSqlParser(): Promise<void> {
  const { StandardSQL } = await load();
  parser = StandardSQL.language.parser;
}

/** The language of a dialect, and what is offered of the tables in `schema` while it is written. */
export async function sqlLanguage(dialect: Dialect, schema: Schema): Promise<Extension> {
  const [module, { sqlCompletion }] = await Promise.all([load(), fetchCode(() => import("./sqlCompletion"))]);
  const dialects = {
    standard: module.PostgreSQL,
    postgresql: module.PostgreSQL,
    duckdb: module.PostgreSQL,
    mysql: module.MariaSQL,
    bigquery: module.MariaSQL,
    sqlite: module.SQLite,
    mssql: module.MSSQL,
  };
  return [
    module.sql({ dialect: dialects[dialect] }),
    sqlCompletion(module, dialects[dialect], schema, quotingOf(dialect)),
  ];
}

function quotingOf(dialect: Dialect): Quoting {
  switch (dialect) {
    case "mysql":
    case "bigquery":
      return { open: "`", close: "`", foldsCase: false };
    case "mssql":
      return { open: "[", close: "]", foldsCase: false };
    case "sqlite":
    case "duckdb":
      return { open: '"', close: '"', foldsCase: false };
    case "standard":
    case "postgresql":
      return { open: '"', close: '"', foldsCase: true };
  }
}

const VALUE = /\{\{.*?\}\}/gs;
/** Where braces are only text. */
const TEXT = new Set(["LineComment", "BlockComment", "String", "QuotedIdentifier"]);
const mark = Decoration.mark({ class: "tok-sql-value" });

/** Marks `{{ values }}`, which are Python. */
export const sqlValues: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = marked(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged || syntaxTree(update.startState) !== syntaxTree(update.state))
        this.decorations = marked(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function marked(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (const found of view.state.sliceDoc(from, to).matchAll(VALUE)) {
      const start = from + found.index;
      if (!TEXT.has(syntaxTree(view.state).resolveInner(start, 1).name))
        builder.add(start, start + found[0].length, mark);
    }
  }
  return builder.finish();
}
