/** A table with its tools: search, columns, filters; the grid; and a line that says how much there is of it. */
import { Maximize2, X } from "lucide-react";
import { useMemo, useState, type ReactElement } from "react";
import { copyText } from "../ui/copyText";
import { IconButton } from "../ui/IconButton";
import { toast, toastError } from "../ui/Toast";
import { isWhole, storedRows, type Column, type Frame } from "./bundle";
import { ColumnList } from "./ColumnList";
import { grouped, plural } from "./format";
import { Grid } from "./Grid";
import { Inspector, type Inspected } from "./Inspector";
import { Search } from "./Search";
import { asTsv, cellsIn, MOST_COPIED, type Selection } from "./selection";
import { storedSource } from "./source";
import { filtered, filterWords, isPlainRows, PLAIN, rowsOf, type GridView } from "./view";

export interface FrameViewProps {
  frame: Frame;
  viewKey: string;
  label: string;
  mode: "output" | "full";
  onOpen?: () => void;
  onClose?: () => void;
}

/** Below this many rows a picture of a column says less than its cells. */
const ROWS_FOR_CHARTS = 6;

/** Each person's own view of each table, for as long as the page is open. */
const views = new Map<string, GridView>();

export function FrameView({ frame, viewKey, label, mode, onOpen, onClose }: FrameViewProps): ReactElement {
  const [view, setView] = useState(() => views.get(viewKey) ?? PLAIN);
  const [inspected, setInspected] = useState<Inspected | null>(null);
  const change = (next: GridView): void => {
    views.set(viewKey, next);
    setView(next);
  };
  const whole = isWhole(frame);
  const { sort, filters, search } = view;
  const rows = useMemo(() => ({ sort, filters, search }), [sort, filters, search]);
  const source = useMemo(() => storedSource(frame, whole ? rows : null), [frame, whole, rows]);
  const index = useMemo(() => gutterOf(frame), [frame]);
  const waits = whole ? null : `Only the first ${plural(storedRows(frame), "row")} are stored here.`;
  const stored = storedRows(frame);
  const all = [...index, ...frame.columns];

  const copy = (selection: Selection, columns: readonly Column[]): void => {
    if (cellsIn(selection) > MOST_COPIED) {
      toastError(`Select at most ${grouped(String(MOST_COPIED))} cells to copy them.`);
      return;
    }
    void copyText(asTsv(selection, columns, source.cell)).then((done) => {
      if (done) toast(`${plural(cellsIn(selection), "cell")} copied`);
      else toastError("The browser did not allow copying.");
    });
  };

  return (
    <section className="fr" data-mode={mode} aria-label={label}>
      <header className="fr-bar">
        <p className="fr-title">
          {frame.name !== null && <code className="fr-variable">{frame.name}</code>}
          <span className="fr-form">
            {frame.library} {frame.form}
          </span>
        </p>
        <div className="fr-tools">
          {stored > 1 && (
            <Search
              value={view.search}
              waits={waits}
              hits={view.search === "" ? null : source.rows}
              onSearch={(next) => change({ ...view, search: next })}
            />
          )}
          <ColumnList columns={frame.columns} view={view} onView={change} />
          {onOpen !== undefined && <IconButton icon={Maximize2} size="small" label="Open the table" onClick={onOpen} />}
          {onClose !== undefined && <IconButton icon={X} label="Close" onClick={onClose} />}
        </div>
      </header>
      {view.filters.length > 0 && (
        <ul className="fr-chips" aria-label="Filters">
          {view.filters.map((filter) => {
            const column = all.find((each) => each.at === filter.column);
            if (column === undefined) return null;
            const words = filterWords(filter, column);
            return (
              <li key={filter.column} className="fr-filter-chip">
                <span>{words}</span>
                <button
                  type="button"
                  aria-label={`Remove the filter: ${words}`}
                  onClick={() => change(filtered(view, filter.column, null))}
                >
                  <X size={12} aria-hidden />
                </button>
              </li>
            );
          })}
        </ul>
      )}
      {frame.columns.length === 0 ? (
        <p className="fr-note">This table has no columns.</p>
      ) : (
        <Grid
          label={label}
          columns={frame.columns}
          index={index}
          source={source}
          view={view}
          hasCharts={(frame.rows ?? 0) >= ROWS_FOR_CHARTS && frame.columns.some((column) => column.profile !== null)}
          waits={waits}
          onView={change}
          onCopy={copy}
          onInspect={(row, column) =>
            setInspected({ row, column, cell: source.cell(row, column.at), whole: null, problem: null })
          }
        />
      )}
      {source.rows === 0 && frame.columns.length > 0 && (
        <p className="fr-note">{emptyWords(frame, !isPlainRows(rowsOf(view)))}</p>
      )}
      <footer className="fr-foot">
        <span>{sizeWords(frame)}</span>
        {!isPlainRows({ ...rowsOf(view), sort: [] }) && whole && <strong>{plural(source.rows, "row")} shown</strong>}
        {storedWords(frame) !== "" && <span className="fr-foot-note">{storedWords(frame)}</span>}
        {frame.columns.some((column) => column.profile?.isSampled === true) && (
          <span className="fr-foot-note" title="Figures in the headers come from an evenly spread sample of the rows.">
            figures from a sample
          </span>
        )}
      </footer>
      {inspected !== null && <Inspector inspected={inspected} onClose={() => setInspected(null)} />}
    </section>
  );
}

/** The index, or a gutter with row numbers where the library has none. */
export function gutterOf(frame: Frame): readonly Column[] {
  return frame.index;
}

function emptyWords(frame: Frame, isFiltered: boolean): string {
  if (isFiltered) return "No row fits. Change or remove a filter.";
  if (frame.form === "LazyFrame")
    return "This frame is lazy: it has a plan and no rows yet. Call collect() in a cell to see them.";
  return "This table has no rows.";
}

function sizeWords(frame: Frame): string {
  const columns = plural(frame.columnsTotal, "column");
  return frame.rows === null ? columns : `${plural(frame.rows, "row")} × ${columns}`;
}

/** What is stored, where that is not all. */
function storedWords(frame: Frame): string {
  const rows = storedRows(frame);
  const lacksRows = frame.rows === null ? rows > 0 : rows < frame.rows;
  const lacksColumns = frame.columns.length < frame.columnsTotal;
  if (!lacksRows && !lacksColumns) return "";
  const parts = [lacksRows ? plural(rows, "row") : "", lacksColumns ? plural(frame.columns.length, "column") : ""];
  return `first ${parts.filter((part) => part !== "").join(" and ")} stored here`;
}
