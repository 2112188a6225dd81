/** A table with its tools: search, columns, filters, files, code; the grid; and a line that says how much there is. */
import { t } from "@lingui/core/macro";
import { ChartNoAxesColumn, Maximize2, X } from "lucide-react";
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactElement } from "react";
import { Button } from "../ui/Button";
import { copyText } from "../ui/copyText";
import { IconButton } from "../ui/IconButton";
import { toast, toastError } from "../ui/Toast";
import { ApiError, reasonOf } from "../wire/http";
import { lacksSome, readTop, storedPictures, storedRows, type Column, type Frame } from "./bundle";
import { ChartPanel } from "./ChartPanel";
import { ColumnList } from "./ColumnList";
import type { ValuesOf } from "./FilterEditor";
import { FrameMenu } from "./FrameMenu";
import { cellsText, columnsText, grouped, picturesText, rowName, rowsText } from "./format";
import { Grid } from "./Grid";
import type { FrameHost } from "./host";
import { Inspector, type Inspected } from "./Inspector";
import { Search } from "./Search";
import { asTsv, cellsIn, MOST_COPIED, type Selection } from "./selection";
import { readShared } from "./shared";
import { useTable, type Table } from "./useTable";
import { columnsShown, filtered, filterWords, isPlainRows, PLAIN, rowsOf, type GridView } from "./view";

export interface FrameViewProps {
  frame: Frame;
  /** How the kernel is asked about it: a variable, or `@` and an output's id; null if it cannot be. */
  table: string | null;
  host: FrameHost | null;
  viewKey: string;
  label: string;
  mode: "output" | "full";
  onOpen?: () => void;
  onClose?: () => void;
}

/** Below this many rows a picture of a column says less than its cells. */
const ROWS_FOR_CHARTS = 6;
const PROFILE_AFTER_MS = 400;
const PROFILED = 60;

/** Each person's own view of each table, for as long as the page is open. */
const views = new Map<string, GridView>();

const nothing = (): (() => void) => () => undefined;

export function FrameView({ frame, table, host, viewKey, label, mode, onOpen, onClose }: FrameViewProps): ReactElement {
  const sharedText = useSyncExternalStore(host?.shared.subscribe ?? nothing, () => host?.shared.get() ?? null);
  const shared = readShared(sharedText, frame.name);
  const [view, setView] = useState(() => views.get(viewKey) ?? shared ?? PLAIN);
  const [inspected, setInspected] = useState<Inspected | null>(null);
  const [isCharting, setIsCharting] = useState(false);
  const change = (next: GridView): void => {
    views.set(viewKey, next);
    setView(next);
  };
  const data = useTable(frame, table, host, view);
  const { source, columns, index, remote, waits } = data;
  const isFull = mode === "full";

  const { connect } = data;
  const opensAtOnce = isFull && lacksSome(frame) && data.canConnect && remote === null;
  useEffect(() => {
    if (opensAtOnce) connect();
  }, [opensAtOnce, connect]);
  useFigures(data, view);

  const copy = (selection: Selection, shown: readonly Column[]): void => {
    if (cellsIn(selection) > MOST_COPIED) {
      toastError(t`Select at most ${grouped(String(MOST_COPIED))} cells to copy them.`);
      return;
    }
    const chosen = shown.slice(selection.places.start, selection.places.end).map((column) => column.at);
    void (remote?.load(selection.rows, chosen) ?? Promise.resolve())
      .then(() => copyText(asTsv(selection, shown, source.cell)))
      .then((done) => {
        if (done) toast(t`${cellsText(cellsIn(selection))} copied`);
        else toastError(t`The browser did not allow copying.`);
      });
  };

  const inspect = (row: number, column: Column): void => {
    const thumbnail = column.kind === "image" ? (source.picture(row, column.at) ?? null) : null;
    const name = rowName(
      frame.index.map((level) => source.cell(row, level.at)),
      row,
    );
    const first = { row: name, column, cell: source.cell(row, column.at), thumbnail, whole: null, problem: null };
    setInspected(first);
    if (remote === null && (table === null || host?.rights.get().has("RUN") !== true)) return;
    const asked =
      remote?.about({ operation: "cell", row, column: column.at }) ??
      host?.ask(table ?? "", { operation: "cell", row, column: column.at });
    asked?.then(
      (answer) => {
        const whole = {
          text: answer.text ?? "",
          length: answer.length ?? 0,
          ...(answer.json === undefined ? {} : { json: answer.json }),
          ...(typeof answer.picture === "string" ? { picture: answer.picture } : {}),
        };
        // Stored rows may be sorted here: only the kernel's own order can be asked by row.
        if (remote !== null || isPlainRows(rowsOf(view))) setInspected((now) => now && { ...now, whole });
      },
      (error: unknown) => {
        if (error instanceof ApiError) setInspected((now) => now && { ...now, problem: error.reason });
      },
    );
  };

  const valuesOf = useMemo<ValuesOf | null>(
    () =>
      remote === null
        ? null
        : async (column) => readTop((await remote.about({ operation: "values", column: column.at })).values),
    [remote],
  );
  const rowsAre = remote === null || remote.state.isFresh;
  const sampled = columns.find((column) => column.profile?.isSampled === true)?.profile;
  const isStuck = data.trouble !== null && data.trouble.kind !== "busy";
  const isFiltered = !isPlainRows({ ...rowsOf(view), sort: [] });
  return (
    <section className="fr" data-mode={mode} data-stuck={isStuck || undefined} aria-label={label}>
      <header className="fr-bar">
        <p className="fr-title">
          {frame.name !== null && <code className="fr-variable">{frame.name}</code>}
          <span className="fr-form">
            {frame.library} {frame.form}
          </span>
        </p>
        <div className="fr-tools">
          {(storedRows(frame) > 1 || remote !== null) && (
            <Search
              value={view.search}
              waits={waits}
              hits={view.search === "" || !rowsAre ? null : source.rows}
              onSearch={(next) => change({ ...view, search: next })}
            />
          )}
          <ColumnList columns={columns} view={view} onView={change} />
          {isFull && table !== null && host !== null && (
            <IconButton
              icon={ChartNoAxesColumn}
              size="small"
              label={t`Chart`}
              pressed={isCharting}
              onClick={() => setIsCharting(!isCharting)}
            />
          )}
          {host !== null && (
            <FrameMenu
              frame={frame}
              table={table}
              host={host}
              view={view}
              columns={columns}
              shared={shared}
              onView={change}
              onFailed={(error) => toastError(reasonOf(error))}
            />
          )}
          {onOpen !== undefined && (
            <IconButton icon={Maximize2} size="small" label={t`Open the table`} onClick={onOpen} />
          )}
          {onClose !== undefined && <IconButton icon={X} label={t`Close`} onClick={onClose} />}
        </div>
      </header>
      <Filters view={view} columns={[...index, ...columns]} onView={change} />
      <TroubleLine data={data} />
      <div className="fr-main">
        {columns.length === 0 ? (
          <p className="fr-note">{t`This table has no columns.`}</p>
        ) : (
          <Grid
            label={label}
            columns={columns}
            index={index}
            source={source}
            view={view}
            totalRows={frame.rows ?? source.rows}
            valuesOf={valuesOf}
            hasCharts={
              (frame.rows ?? storedRows(frame)) >= ROWS_FOR_CHARTS && columns.some((column) => column.profile !== null)
            }
            waits={waits}
            onView={change}
            onCopy={copy}
            onInspect={inspect}
          />
        )}
        {isCharting && table !== null && host !== null && (
          <ChartPanel frame={frame} table={table} host={host} columns={columns} rows={rowsOf(view)} />
        )}
      </div>
      {source.rows === 0 && columns.length > 0 && rowsAre && <p className="fr-note">{emptyWords(frame, isFiltered)}</p>}
      <footer className="fr-foot">
        <span>{sizeWords(frame)}</span>
        {isFiltered && rowsAre && waits === null && <strong>{t`${rowsText(source.rows)} shown`}</strong>}
        {remote === null && storedWords(frame) !== "" && (
          <span className="fr-foot-note">
            {storedWords(frame)}
            {data.canConnect && !data.isOpening && (
              <button type="button" className="fr-link" onClick={connect}>{t`Show all`}</button>
            )}
          </span>
        )}
        {sampled != null && frame.rows === null && (
          <span className="fr-foot-note">{t`figures of the first ${rowsText(sampled.of)}`}</span>
        )}
        {sampled != null && frame.rows !== null && (
          <span
            className="fr-foot-note"
            title={t`Figures in the headers come from an evenly spread sample of the rows.`}
          >{t`figures from a sample`}</span>
        )}
        {data.isOpening && <span className="fr-foot-note after-300ms" role="status">{t`Asking the kernel…`}</span>}
        {remote?.state.isRunning === true && <span className="fr-foot-note">{t`A cell runs: rows may change.`}</span>}
      </footer>
      {inspected !== null && <Inspector inspected={inspected} onClose={() => setInspected(null)} />}
    </section>
  );
}

/** Gets figures for the columns that show, once the view rests. */
function useFigures({ remote, columns }: Table, view: GridView): void {
  const isFresh = remote?.state.isFresh ?? false;
  useEffect(() => {
    if (remote === null || !isFresh) return undefined;
    const { pinned, rest } = columnsShown(columns, view);
    const isFiltered = !isPlainRows({ ...rowsOf(view), sort: [] });
    const lacking = [...pinned, ...rest].slice(0, PROFILED).filter((column) => isFiltered || column.profile === null);
    const timer = setTimeout(() => void remote.profile(lacking.map((column) => column.at)), PROFILE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [remote, isFresh, columns, view]);
}

function Filters(props: {
  view: GridView;
  columns: readonly Column[];
  onView: (view: GridView) => void;
}): ReactElement | null {
  const { view, columns, onView } = props;
  if (view.filters.length === 0) return null;
  return (
    <ul className="fr-chips" aria-label={t`Filters`}>
      {view.filters.map((filter) => {
        const column = columns.find((each) => each.at === filter.column);
        if (column === undefined) return null;
        const words = filterWords(filter, column);
        return (
          <li key={filter.column} className="fr-filter-chip">
            <span>{words}</span>
            <button
              type="button"
              aria-label={t`Remove the filter: ${words}`}
              onClick={() => onView(filtered(view, filter.column, null))}
            >
              <X size={12} aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Why the rows are not what was asked for, and what to do about it. */
function TroubleLine({ data }: { data: Table }): ReactElement | null {
  const { trouble, connect } = data;
  if (trouble === null) return null;
  return (
    <p className="fr-trouble" role="status">
      <span>{trouble.reason}</span>
      {trouble.kind === "busy" ? (
        <span className="fr-foot-note">{t`Trying again…`}</span>
      ) : (
        <Button size="small" onClick={connect}>
          {trouble.kind === "changed" ? t`Load again` : t`Try again`}
        </Button>
      )}
    </p>
  );
}

function emptyWords(frame: Frame, isFiltered: boolean): string {
  if (isFiltered) return t`No row fits. Change or remove a filter.`;
  if (frame.form === "LazyFrame")
    return t`This frame is lazy: it has a plan and no rows yet. Call collect() in a cell to see them.`;
  return t`This table has no rows.`;
}

function sizeWords(frame: Frame): string {
  const columns = columnsText(frame.columnsTotal);
  return frame.rows === null ? columns : `${rowsText(frame.rows)} × ${columns}`;
}

/** What is stored, where that is not all. */
function storedWords(frame: Frame): string {
  const rows = storedRows(frame);
  const lacksRows = frame.rows === null ? rows > 0 : rows < frame.rows;
  const lacksColumns = frame.columns.length < frame.columnsTotal;
  const pictures = storedPictures(frame) ?? rows;
  const parts = [
    lacksRows ? rowsText(rows) : "",
    lacksColumns ? columnsText(frame.columns.length) : "",
    pictures < rows ? picturesText(pictures) : "",
  ];
  if (parts.every((part) => part === "")) return "";
  return t`first ${parts.filter((part) => part !== "").join(" and ")} stored here`;
}
