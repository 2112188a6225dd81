/** Beside the cells: the tables that cells of SQL can ask, of the connection that is looked at or of the kernel. */

import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Database } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useReadable } from "../../model/use";
import { DriverOffer } from "../../packages/DriverOffer";
import { DatabaseBrowser, SchemaBrowser } from "../../schema/SchemaBrowser";
import { EmptyState } from "../../ui/EmptyState";
import { Select } from "../../ui/Select";
import { ApiError, reasonOf } from "../../wire/http";
import { framesQuery } from "../../wire/queries";
import { drawFileTable } from "../shell/fileTable";
import { FRAMES, useDatabases } from "./databases";
import { useTablesOf } from "./panel";
import type { NotebookSession } from "./session";

interface Props {
  session: NotebookSession;
  project: string | null;
  canRun: boolean;
  /** Opens a table by its variable's name. */
  openTable: (name: string) => void;
}

export function TablesHere({ session, project, canRun, openTable }: Props) {
  const databases = useDatabases(project);
  const { connection: wanted, choose } = useTablesOf();
  const mayInstall = useReadable(session.rights, (now) => now.has("ENVIRONMENT"));
  const chosen = databases?.find(({ id }) => id === wanted) ?? null;
  if (!canRun)
    return (
      <EmptyState
        icon={Database}
        title={t`Tables`}
        heading="h3"
      >{t`Tables are shown to people who may run cells, since a cell of SQL reads them too.`}</EmptyState>
    );
  return (
    <div className="tables-here">
      <Select
        label={t`Tables of`}
        value={chosen?.id ?? FRAMES}
        options={[
          { value: FRAMES, label: t`DataFrames`, description: t`The tables in the kernel` },
          ...(databases ?? []).map(({ id, name, kind }) => ({ value: id, label: name, description: kind })),
        ]}
        onChange={(value) => choose(value === FRAMES ? null : value)}
      />
      {chosen === null || project === null ? (
        <Frames session={session} openTable={openTable} />
      ) : (
        <DatabaseBrowser
          key={chosen.id}
          project={project}
          connection={chosen.id}
          drawTable={drawFileTable}
          driverOffer={
            chosen.driver === null
              ? null
              : (again) => (
                  <DriverOffer project={project} line={chosen.driver ?? ""} mayInstall={mayInstall} again={again} />
                )
          }
        />
      )}
    </div>
  );
}

/** The tables in the kernel, read again whenever its variables were. */
function Frames({ session, openTable }: { session: NotebookSession; openTable: (name: string) => void }) {
  const store = session.provider.variables;
  const asOf = useReadable(store.now, (now) => now?.asOf ?? null);
  useEffect(() => store.look(), [store]);
  const query = useMemo(() => framesQuery(session.notebook), [session]);
  const frames = useQuery(query);
  const { refetch } = frames;
  useEffect(() => {
    if (asOf !== null) void refetch();
  }, [asOf, refetch]);
  const hasNoKernel = frames.error instanceof ApiError && frames.error.code === "kernel_gone";
  return (
    <SchemaBrowser
      schema={hasNoKernel ? NOTHING : (frames.data ?? null)}
      problem={frames.error === null || hasNoKernel ? null : reasonOf(frames.error)}
      isReading={frames.isFetching}
      empty={t`Run a cell that makes a DataFrame. It can then be asked in SQL by the name of its variable.`}
      onAgain={() => void refetch()}
      onLook={(_, table) => openTable(table)}
    />
  );
}

const NOTHING = { schemas: [], is_cut: false, read_at: "" };
