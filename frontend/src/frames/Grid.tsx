/**
 * The grid: headers, an index that stays, and as many cells as the window shows.
 *
 * It has the focus as a whole and names its active cell, so cells may come and go while it scrolls. Keys are those
 * of the ARIA practices for grids. Row -1 is the header.
 */
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
} from "react";
import type { Column } from "./bundle";
import { cellId, Row, type Placed } from "./Cells";
import type { ValuesOf } from "./FilterEditor";
import { Header } from "./Header";
import { columnsBetween, edges, ROW, rowsBetween, Tall, TALL_ROW, type Range } from "./layout";
import { Looks } from "./looks";
import { move, type Place, type Selection } from "./selection";
import type { RowSource } from "./source";
import { columnsShown, movedBefore, sortedBy, type GridView } from "./view";

export interface GridProps {
  label: string;
  columns: readonly Column[];
  index: readonly Column[];
  source: RowSource;
  /** How many rows the table has, however few the view shows. */
  totalRows: number;
  view: GridView;
  hasCharts: boolean;
  waits: string | null;
  /** A column's most frequent values in the whole table; null where only its profile is known. */
  valuesOf: ValuesOf | null;
  onView: (view: GridView) => void;
  onInspect: (row: number, column: Column) => void;
  onCopy: (selection: Selection, columns: readonly Column[]) => void;
}

const HEAD = 34;
const HEAD_WITH_CHARTS = 88;

interface Window {
  readonly rows: Range;
  readonly columns: Range;
  readonly shift: number;
}

const NOTHING: Window = { rows: { start: 0, end: 40 }, columns: { start: 0, end: 12 }, shift: 0 };

export function Grid(props: GridProps): ReactElement {
  const { label, columns, index, source, totalRows, view, hasCharts, waits, onView, onInspect, onCopy } = props;
  const grid = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const version = useSyncExternalStore(source.subscribe, source.version);
  const [win, setWin] = useState<Window>(NOTHING);
  const [active, setActive] = useState<Place>({ row: 0, place: 0 });
  const [anchor, setAnchor] = useState<Place>({ row: 0, place: 0 });
  const [hasFocus, setHasFocus] = useState(false);
  const [dropAt, setDropAt] = useState<number | null>(null);
  const dragging = useRef(false);

  const { pinned, rest } = useMemo(() => {
    const shown = columnsShown(columns, view);
    return { pinned: [...index, ...shown.pinned], rest: shown.rest };
  }, [columns, index, view]);

  const [looks] = useState(() => new Looks(totalRows));
  const placed = usePlaced(pinned, rest, looks, view, source, version);
  const all = useMemo(() => [...pinned, ...rest], [pinned, rest]);
  const isTall = view.wrapped.length > 0 || all.some((column) => column.kind === "image");
  const rowHeight = isTall ? TALL_ROW : ROW;
  const headHeight = hasCharts ? HEAD_WITH_CHARTS : HEAD;
  const tall = useMemo(() => new Tall(source.rows, rowHeight), [source.rows, rowHeight]);

  const look = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const height = Math.max(rowHeight, element.clientHeight - headHeight);
    const top = tall.scrolled(element.scrollTop, height);
    const left = element.scrollLeft;
    const rows = rowsBetween(top, height, rowHeight, source.rows);
    const shownColumns = columnsBetween(placed.edges, left, left + element.clientWidth - placed.pinnedWidth);
    setWin((now) =>
      sameRange(now.rows, rows) && sameRange(now.columns, shownColumns) && now.shift === tall.shift
        ? now
        : { rows, columns: shownColumns, shift: tall.shift },
    );
  }, [tall, placed, rowHeight, headHeight, source.rows]);

  useLayoutEffect(look, [look]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [look]);

  const wanted = rest.slice(win.columns.start, win.columns.end);
  useEffect(() => {
    source.want(
      win.rows,
      [...pinned, ...wanted].map((column) => column.at),
    );
  });

  const show = useCallback(
    (to: Place): void => {
      const element = scroller.current;
      if (element === null) return;
      if (to.row >= 0) {
        const height = element.clientHeight - headHeight;
        const top = element.scrollTop + tall.shift;
        const at = to.row * rowHeight;
        if (at < top) element.scrollTop = tall.reach(at, height);
        else if (at + rowHeight > top + height) element.scrollTop = tall.reach(at + rowHeight - height, height);
      }
      const column = to.place - pinned.length;
      if (column >= 0) {
        const left = placed.edges[column] ?? 0;
        const right = placed.edges[column + 1] ?? left;
        const width = element.clientWidth - placed.pinnedWidth;
        if (left < element.scrollLeft) element.scrollLeft = left;
        else if (right > element.scrollLeft + width) element.scrollLeft = right - width;
      }
      look();
    },
    [headHeight, tall, rowHeight, pinned.length, placed, look],
  );

  const go = (to: Place, extend: boolean): void => {
    setActive(to);
    if (!extend) setAnchor(to);
    show(to);
  };

  const selection: Selection = {
    rows: { start: Math.min(anchor.row, active.row), end: Math.max(anchor.row, active.row) + 1 },
    places: { start: Math.min(anchor.place, active.place), end: Math.max(anchor.place, active.place) + 1 },
  };

  const inspectActive = (): void => {
    const column = all[active.place];
    if (column !== undefined && active.row >= 0 && active.row < source.rows) onInspect(active.row, column);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget) return;
    const column = all[active.place];
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key.toLowerCase() === "c" && active.row >= 0) {
      onCopy(selection, all);
    } else if (isCommand && event.key.toLowerCase() === "a") {
      setAnchor({ row: 0, place: 0 });
      setActive({ row: source.rows - 1, place: all.length - 1 });
    } else if (active.row < 0 && column !== undefined && (event.key === "Enter" || event.key === " ")) {
      if (waits === null) onView(sortedBy(view, column.at, event.shiftKey));
    } else if (active.row < 0 && event.key === "ArrowDown" && event.altKey) {
      event.currentTarget.querySelector<HTMLElement>("[data-active] [data-tool=menu]")?.click();
    } else if (event.key === "Enter" || event.key === "F2") {
      inspectActive();
    } else {
      const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 300) - headHeight) / rowHeight) - 1);
      const to = move(active, event.key, isCommand, { rows: source.rows, places: all.length, page });
      if (to === null) return;
      go(to, event.shiftKey && to.row >= 0);
    }
    event.preventDefault();
    // Keys that move in the grid do not move between cells of the notebook.
    event.stopPropagation();
  };

  const placeOf = (event: PointerEvent): Place | null => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>(".fr-cell");
    const row = cell?.closest<HTMLElement>(".fr-row")?.getAttribute("aria-rowindex") ?? null;
    const place = cell?.dataset["place"];
    return row === null || place === undefined ? null : { row: Number(row) - 2, place: Number(place) };
  };

  const headers = (those: readonly Placed[]): ReactElement[] =>
    those.map((one) => (
      <Header
        key={one.column.at}
        column={one.column}
        columns={columns}
        id={cellId(grid, -1, one.place)}
        left={one.left}
        width={one.width}
        place={one.place}
        isActive={hasFocus && active.row < 0 && active.place === one.place}
        hasChart={hasCharts}
        valuesOf={props.valuesOf}
        view={view}
        waits={waits}
        onView={onView}
        onFit={(column) =>
          onView({ ...view, widths: { ...view.widths, [column.at]: looks.fit(column, source, win.rows) } })
        }
        onDrag={(column, x, done) => {
          const before = dropTarget(scroller.current, x, rest, placed.edges, placed.pinnedWidth);
          setDropAt(done ? null : before.left);
          if (done) onView(movedBefore(columns, view, column.at, before.column));
        }}
      />
    ));

  const visible = placed.rest.slice(win.columns.start, win.columns.end);
  const rows = [];
  for (let row = win.rows.start; row < win.rows.end; row += 1) {
    const isSelected = hasFocus && row >= selection.rows.start && row < selection.rows.end;
    rows.push(
      <Row
        key={row}
        row={row}
        top={row * rowHeight - win.shift}
        height={rowHeight}
        width={placed.width}
        grid={grid}
        pinned={placed.pinned}
        pinnedWidth={placed.pinnedWidth}
        rest={visible}
        source={source}
        version={version}
        view={view}
        from={isSelected ? selection.places.start : -1}
        to={isSelected ? selection.places.end - 1 : -1}
        active={hasFocus && row === active.row ? active.place : -1}
      />,
    );
  }
  const isActiveDrawn = active.row < 0 || (active.row >= win.rows.start && active.row < win.rows.end);
  return (
    <div
      ref={scroller}
      role="grid"
      dir="ltr"
      aria-label={label}
      aria-rowcount={source.rows + 1}
      aria-colcount={all.length}
      aria-multiselectable
      aria-activedescendant={hasFocus && isActiveDrawn ? cellId(grid, active.row, active.place) : undefined}
      tabIndex={0}
      className="fr-grid"
      data-tall={tall.total > 12 * rowHeight || undefined}
      onScroll={look}
      onFocus={() => setHasFocus(true)}
      onBlur={() => setHasFocus(false)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        const to = placeOf(event);
        if (to === null || event.button !== 0) return;
        dragging.current = event.pointerType === "mouse";
        go(to, event.shiftKey);
      }}
      onPointerMove={(event) => {
        const to = dragging.current && event.buttons === 1 ? placeOf(event) : null;
        if (to !== null && (to.row !== active.row || to.place !== active.place)) setActive(to);
      }}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onDoubleClick={inspectActive}
      onClick={(event) => {
        if (event.target instanceof HTMLImageElement) inspectActive();
      }}
    >
      <div role="presentation" className="fr-sizer" style={{ height: tall.height + headHeight, width: placed.width }}>
        <div role="row" aria-rowindex={1} className="fr-head" style={{ height: headHeight, width: placed.width }}>
          {placed.pinned.length > 0 && (
            <div role="presentation" className="fr-pinned" style={{ width: placed.pinnedWidth }}>
              {headers(placed.pinned)}
            </div>
          )}
          {headers(visible)}
        </div>
        <div role="rowgroup" className="fr-body" style={{ top: headHeight }}>
          {rows}
        </div>
        {dropAt !== null && <span className="fr-drop" style={{ left: dropAt }} aria-hidden />}
      </div>
    </div>
  );
}

const sameRange = (a: Range, b: Range): boolean => a.start === b.start && a.end === b.end;

interface Arranged {
  readonly pinned: readonly Placed[];
  readonly rest: readonly Placed[];
  readonly pinnedWidth: number;
  /** Left edges of the columns that scroll, from where the pinned ones end. */
  readonly edges: readonly number[];
  readonly width: number;
}

function usePlaced(
  pinned: readonly Column[],
  rest: readonly Column[],
  looks: Looks,
  view: GridView,
  source: RowSource,
  version: number,
): Arranged {
  return useMemo(() => {
    const widthOf = (column: Column): number => view.widths[column.at] ?? looks.width(column, source);
    const pinnedEdges = edges(pinned.map(widthOf));
    const restEdges = edges(rest.map(widthOf));
    const pinnedWidth = pinnedEdges.at(-1) ?? 0;
    const at = (group: readonly Column[], lefts: readonly number[], from: number, shift: number): Placed[] =>
      group.map((column, place) => {
        const left = lefts[place] ?? 0;
        const width = (lefts[place + 1] ?? left) - left;
        return { column, style: looks.style(column, source), left: left + shift, width, place: from + place };
      });
    return {
      pinned: at(pinned, pinnedEdges, 0, 0),
      rest: at(rest, restEdges, pinned.length, pinnedWidth),
      pinnedWidth,
      edges: restEdges,
      width: pinnedWidth + (restEdges.at(-1) ?? 0),
    };
    // `version` stands for the cells of the source, which show how a column looks.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pinned, rest, looks, view.widths, source, version]);
}

/** Between which columns a dragged header would be put down. */
function dropTarget(
  element: HTMLElement | null,
  x: number,
  rest: readonly Column[],
  at: readonly number[],
  pinnedWidth: number,
): { column: number | null; left: number } {
  const box = element?.getBoundingClientRect();
  const position = x - (box?.left ?? 0) + (element?.scrollLeft ?? 0) - pinnedWidth;
  for (const [place, column] of rest.entries()) {
    const left = at[place] ?? 0;
    if (position < (left + (at[place + 1] ?? left)) / 2) return { column: column.at, left: left + pinnedWidth };
  }
  return { column: null, left: (at.at(-1) ?? 0) + pinnedWidth };
}
