/** The head of a cell of SQL in the notebook: the project's databases, and the language of its editor. */

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useCan, useCells } from "../../cells/CellsContext";
import { loadSql } from "../../cells/extensions";
import type { Dialect, Schema } from "../../cells/sql";
import type { SqlCell } from "../../model/sql";
import { SqlBar } from "../../sql/SqlBar";
import { connectionKindsQuery, connectionsQuery } from "../../wire/queries";
import { notebookQuery } from "./notebookQuery";
import type { NotebookSession } from "./session";

const GROUPS = new Set(["Databases", "Warehouses"]);
const NO_TABLES: Schema = {};

export function SqlHere({ id, sql, session }: { id: string; sql: SqlCell; session: NotebookSession }) {
  const { actions } = useCells();
  const canEdit = useCan("EDIT");
  const project = useQuery(notebookQuery(session.notebook)).data?.project;
  const connections = useQuery({ ...connectionsQuery(project ?? ""), enabled: project !== undefined }).data;
  const kinds = useQuery(connectionKindsQuery).data;
  const known = new Map(kinds?.filter((kind) => GROUPS.has(kind.group)).map((kind) => [kind.id, kind.label]));
  const databases =
    connections === undefined || kinds === undefined
      ? null
      : connections.flatMap(({ id: connection, name, kind }) => {
          const label = known.get(kind);
          return label === undefined ? [] : [{ id: connection, name, kind: label }];
        });
  const kind = connections?.find((each) => each.id === sql.connection)?.kind ?? "duckdb";
  useLanguage(id, session, dialectOf(kind), NO_TABLES);
  return <SqlBar sql={sql} databases={databases} canEdit={canEdit} onChange={(change) => actions.setSql(id, change)} />;
}

/** Give a cell's editor, now and whenever it is built, the dialect and the tables. */
function useLanguage(id: string, session: NotebookSession, dialect: Dialect, schema: Schema): void {
  useEffect(() => {
    const now = session.editors.get(id);
    if (now !== null) void loadSql(now, dialect, schema);
    return session.editors.onBuilt((built, view) => {
      if (built === id) void loadSql(view, dialect, schema);
    });
  }, [id, session, dialect, schema]);
}

function dialectOf(kind: string): Dialect {
  switch (kind) {
    case "mysql":
    case "sqlite":
    case "mssql":
      return kind;
    case "postgresql":
    case "duckdb":
      return "postgresql";
    default:
      return "standard";
  }
}
