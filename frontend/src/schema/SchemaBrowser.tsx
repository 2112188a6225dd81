/** The tables and columns of a database, or of the kernel: found by name, unfolded, and their first rows. */
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Eye, RefreshCw, Search, Table2, View } from "lucide-react";
import { useState, type ReactElement, type ReactNode } from "react";
import { Banner } from "../ui/Banner";
import { cx } from "../ui/cx";
import { Dialog } from "../ui/Dialog";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Time } from "../ui/Time";
import { ApiError, reasonOf } from "../wire/http";
import { databaseRowsQuery, databaseSchemaQuery } from "../wire/queries";
import { found, MOST_SHOWN, rowsText, titleOf, type DatabaseSchema, type ShownTable } from "./find";
import "./schema.css";

/** Draws the stored form of a table. */
export type DrawTable = (value: unknown, label: string) => ReactElement;

export interface DatabaseBrowserProps {
  project: string;
  connection: string;
  drawTable: DrawTable;
  /** Draws the offer to install the driver; null for databases that need none. */
  driverOffer: ((again: { label: string; run: () => void }) => ReactNode) | null;
}

/** What is in the database of a connection. */
export function DatabaseBrowser({ project, connection, drawTable, driverOffer }: DatabaseBrowserProps) {
  const schema = useQuery(databaseSchemaQuery(project, connection));
  const [looking, setLooking] = useState<{ schema: string; table: string } | null>(null);
  const again = (): void => void schema.refetch();
  const lacksDriver = schema.error instanceof ApiError && schema.error.code === "database_no_driver";
  return (
    <>
      <SchemaBrowser
        schema={schema.data ?? null}
        problem={schema.error === null ? null : reasonOf(schema.error)}
        remedy={lacksDriver && driverOffer !== null ? driverOffer({ label: t`Read the tables`, run: again }) : null}
        isReading={schema.isFetching}
        empty={t`There are no tables in this database, or none that its user may read.`}
        onAgain={again}
        onLook={(where, table) => setLooking({ schema: where, table })}
      />
      {looking !== null && (
        <FirstRows
          project={project}
          connection={connection}
          place={looking}
          drawTable={drawTable}
          onClose={() => setLooking(null)}
        />
      )}
    </>
  );
}

export interface SchemaBrowserProps {
  /** Null until it was read once. */
  schema: DatabaseSchema | null;
  /** Why it could not be read the last time. */
  problem: string | null;
  /** What helps against the problem. */
  remedy?: ReactNode;
  isReading: boolean;
  /** What to say where there is no table. */
  empty: string;
  onAgain: () => void;
  onLook: (schema: string, table: string) => void;
}

export function SchemaBrowser({
  schema,
  problem,
  remedy = null,
  isReading,
  empty,
  onAgain,
  onLook,
}: SchemaBrowserProps) {
  const [words, setWords] = useState("");
  const shown = schema === null ? null : found(schema, words);
  const isNamed = (schema?.schemas.length ?? 0) > 1;
  const count = schema?.schemas.reduce((sum, each) => sum + each.tables.length, 0) ?? 0;
  return (
    <div className="schema">
      <div className="schema-tools">
        <span className="schema-search" role="search">
          <Search size={14} aria-hidden />
          <Input
            aria-label={t`Find a table or a column`}
            placeholder={t`Find a table or a column`}
            value={words}
            disabled={count === 0}
            spellCheck={false}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || words === "") return;
              event.stopPropagation();
              setWords("");
            }}
          />
        </span>
        <IconButton
          icon={RefreshCw}
          label={t`Read the tables again`}
          className={isReading ? "[&>svg]:animate-spin" : ""}
          onClick={onAgain}
        />
      </div>
      {problem !== null && !isReading && (
        <>
          <Banner tone="err" live>
            {problem}
          </Banner>
          {remedy}
        </>
      )}
      {shown === null ? (
        isReading && (
          <Loading label={t`Reading the tables`}>
            <div className="space-y-2 py-1">
              <Skeleton className="h-6 w-full" />
              <Skeleton className="h-6 w-3/4" />
              <Skeleton className="h-6 w-5/6" />
            </div>
          </Loading>
        )
      ) : count === 0 ? (
        <EmptyState icon={Table2} title={t`No tables`} heading="h3">
          {empty}
        </EmptyState>
      ) : (
        <>
          <p className="sr-only" role="status">
            {isReading ? t`Reading the tables` : ""}
          </p>
          {shown.schemas.map(({ name, tables }) => (
            <section key={name} aria-label={isNamed ? t`Schema ${name}` : t`Tables`}>
              {isNamed && <h3 className="schema-name">{name}</h3>}
              <ul>
                {tables.map((each) => (
                  <TableRow
                    key={`${each.table.name} ${words === "" ? "" : String(each.isOpen)}`}
                    shown={each}
                    onLook={() => onLook(each.schema, each.table.name)}
                  />
                ))}
              </ul>
            </section>
          ))}
          {shown.schemas.length === 0 && <p className="schema-note">{t`No table or column of that name.`}</p>}
          {shown.left > 0 && (
            <p className="schema-note">
              {t`${shown.left} more tables than the first ${MOST_SHOWN}: type to find them.`}
            </p>
          )}
          {schema?.is_cut === true && (
            <p className="schema-note">{t`This database holds more than is listed. Queries reach all of it.`}</p>
          )}
        </>
      )}
      {schema !== null && count > 0 && (
        <p className="schema-note">
          {t`Read`} <Time at={schema.read_at} />
        </p>
      )}
    </div>
  );
}

function TableRow({ shown: { table, isOpen: startsOpen }, onLook }: { shown: ShownTable; onLook: () => void }) {
  const [isOpen, setIsOpen] = useState(startsOpen);
  const about = rowsText(table);
  const Icon = table.is_view ? View : Table2;
  return (
    <li>
      <div className="schema-row">
        <button type="button" aria-expanded={isOpen} className="schema-table" onClick={() => setIsOpen(!isOpen)}>
          <ChevronRight size={14} aria-hidden className={cx("schema-chevron", isOpen && "rotate-90")} />
          <Icon size={14} aria-hidden className="shrink-0 text-fg3" />
          <bdi className="schema-text">{table.name}</bdi>
          {about !== "" && <span className="schema-about">{about}</span>}
        </button>
        <IconButton icon={Eye} size="small" label={t`Look at the first rows of ${table.name}`} onClick={onLook} />
      </div>
      {isOpen && (
        <ul className="schema-columns" aria-label={t`Columns of ${table.name}`}>
          {table.columns.map((column, index) => (
            <li key={index}>
              <bdi className="schema-text">{column.name}</bdi>
              <span className="schema-type">{column.type}</span>
            </li>
          ))}
          {table.columns.length === 0 && <li className="schema-type">{t`Its columns cannot be read.`}</li>}
        </ul>
      )}
    </li>
  );
}

function FirstRows({
  project,
  connection,
  place,
  drawTable,
  onClose,
}: {
  project: string;
  connection: string;
  place: { schema: string; table: string };
  drawTable: DrawTable;
  onClose: () => void;
}) {
  const rows = useQuery(databaseRowsQuery(project, connection, place));
  const title = titleOf(place);
  return (
    <Dialog open onOpenChange={onClose} size="large" title={title} description={t`The first rows, 100 at most.`}>
      {rows.isError ? (
        <Banner tone="err" live>
          {reasonOf(rows.error)}
        </Banner>
      ) : rows.data === undefined ? (
        <Loading label={t`Reading the first rows`}>
          <Skeleton className="h-60 w-full" />
        </Loading>
      ) : (
        drawTable(rows.data.frame, title)
      )}
    </Dialog>
  );
}
