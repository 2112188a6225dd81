/** The head of a cell of SQL in the notebook: the project's databases, and the language of its editor. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { useCan, useCells } from "../../cells/CellsContext";
import { loadSql } from "../../cells/extensions";
import type { Dialect } from "../../cells/sql";
import type { Schema } from "../../cells/sqlCompletion";
import type { SqlCell } from "../../model/sql";
import { tablesIn } from "../../schema/find";
import { databaseSchemaQuery, framesQuery } from "../../wire/queries";
import { useDatabases } from "./databases";
import { notebookQuery } from "./notebookQuery";
import { useRightPanel, useTablesOf } from "./panel";
import { partOnDemand } from "../../ui/onDemand";
import type { NotebookSession } from "./session";

/** As high as the bar, so that nothing moves when it comes. */
const SqlBar = partOnDemand(
  async () => (await import("../../sql/SqlBar")).SqlBar,
  () => <div className="sql-bar" role="group" aria-label="SQL" />,
);

const NO_TABLES: Schema = [];

export function SqlHere({ id, sql, session }: { id: string; sql: SqlCell; session: NotebookSession }) {
  const { actions } = useCells();
  const canEdit = useCan("EDIT");
  const canRun = useCan("RUN");
  const project = useQuery(notebookQuery(session.notebook)).data?.project ?? null;
  const databases = useDatabases(project);
  const chosen = databases?.find((each) => each.id === sql.connection);
  const isActive = useStore(session.view, (state) => state.active === id);
  const choose = useTablesOf((of) => of.choose);
  const showTables = useRightPanel((panel) => panel.show);
  // The panel follows the cell in which somebody works.
  useEffect(() => {
    if (isActive) choose(sql.connection);
  }, [isActive, sql.connection, choose]);
  const schema = useSchema(session, project, sql.connection, canEdit && canRun && isActive);
  const dialect = dialectOf(sql.connection === null ? "duckdb" : (chosen?.of ?? ""));
  useLanguage(id, session, dialect, schema);
  return (
    <SqlBar
      sql={sql}
      databases={databases}
      canEdit={canEdit}
      onChange={(change) => actions.setSql(id, change)}
      onTables={
        canRun
          ? () => {
              choose(sql.connection);
              showTables("tables");
            }
          : null
      }
    />
  );
}

/** The tables that the cell can ask. They are read while somebody works in it, and not again for a while. */
function useSchema(session: NotebookSession, project: string | null, connection: string | null, isWanted: boolean) {
  const frames = useQuery({ ...framesQuery(session.notebook), enabled: isWanted && connection === null });
  const tables = useQuery({
    ...databaseSchemaQuery(project ?? "", connection ?? ""),
    enabled: isWanted && connection !== null && project !== null,
  });
  // What has not changed is the same object after it was read again.
  const schemas = (connection === null ? frames : tables).data?.schemas;
  return useMemo(() => (schemas === undefined ? NO_TABLES : tablesIn(schemas)), [schemas]);
}

/** Give a cell's editor, now and whenever it is built, the dialect and the tables. */
function useLanguage(id: string, session: NotebookSession, dialect: Dialect, schema: Schema): void {
  useEffect(() => {
    const now = session.editors.get(id);
    if (now !== null) loadSql(now, dialect, schema).catch(() => undefined);
    return session.editors.onBuilt((built, view) => {
      if (built === id) loadSql(view, dialect, schema).catch(() => undefined);
    });
  }, [id, session, dialect, schema]);
}

function dialectOf(kind: string): Dialect {
  switch (kind) {
    case "mysql":
    case "sqlite":
    case "mssql":
    case "postgresql":
    case "duckdb":
    case "bigquery":
      return kind;
    default:
      return "standard";
  }
}
