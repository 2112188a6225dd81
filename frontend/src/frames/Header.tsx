/** A column's header: name, kind, what it holds, and how to sort, filter and arrange it. */
import { t } from "@lingui/core/macro";
import {
  ArrowDown,
  ArrowDownNarrowWide,
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  ArrowUpNarrowWide,
  ChevronDown,
  EyeOff,
  Filter as FilterIcon,
  Paintbrush,
  Pin,
  PinOff,
  WrapText,
} from "lucide-react";
import { useRef, useState, type PointerEvent, type ReactElement } from "react";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { Popover } from "../ui/Popover";
import type { Column } from "./bundle";
import { FilterEditor, type ValuesOf } from "./FilterEditor";
import { isNumeric } from "./format";
import { KindIcon } from "./KindIcon";
import { MIN_WIDTH } from "./layout";
import { profileLine, profileWords, Spark } from "./Spark";
import { filtered, movedBy, setSort, sortedBy, toggled, type GridView, type Tint } from "./view";

export interface HeaderProps {
  column: Column;
  columns: readonly Column[];
  id: string;
  left: number;
  width: number;
  place: number;
  isActive: boolean;
  hasChart: boolean;
  view: GridView;
  /** Why nothing can be sorted or filtered, or null. */
  waits: string | null;
  valuesOf: ValuesOf | null;
  onView: (view: GridView) => void;
  onFit: (column: Column) => void;
  /** The header was dragged to this position of the page; when it was let go, `done`. */
  onDrag: (column: Column, x: number, done: boolean) => void;
}

const DRAG_FROM = 6;

/** About how wide a character of the line below a chart is. */
const FIGURE = 5.8;

export function Header(props: HeaderProps): ReactElement {
  const { column, id, left, width, place, isActive, hasChart, view, waits, onView, onDrag } = props;
  const [isHot, setIsHot] = useState(false);
  const [isFiltering, setIsFiltering] = useState(false);
  const press = useRef<{ x: number; dragging: boolean } | null>(null);
  const key = view.sort.findIndex((each) => each.column === column.at);
  const sort = view.sort[key];
  const isFiltered = view.filters.some((each) => each.column === column.at);
  const isIndex = column.at < 0;
  const { range, missing } = profileLine(column);
  const isPlaced = !isIndex;

  const onPointerUp = (event: PointerEvent): void => {
    const now = press.current;
    press.current = null;
    if (now === null) return;
    if (now.dragging) onDrag(column, event.clientX, true);
    else if (waits === null) onView(sortedBy(view, column.at, event.shiftKey));
  };

  return (
    <div
      role="columnheader"
      id={id}
      aria-colindex={place + 1}
      aria-sort={sort === undefined ? "none" : sort.descending ? "descending" : "ascending"}
      aria-label={profileWords(column)}
      data-active={isActive || undefined}
      data-place={place}
      className="fr-head-cell"
      style={{ left, width }}
      onPointerEnter={() => setIsHot(true)}
      onPointerLeave={() => setIsHot(false)}
    >
      <div
        className="fr-head-name"
        title={`${column.name}\n${column.type}`}
        data-still={waits !== null || undefined}
        onPointerDown={(event) => {
          if (event.button !== 0 || (event.target as HTMLElement).closest("button") !== null) return;
          press.current = { x: event.clientX, dragging: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const now = press.current;
          if (now === null || !isPlaced) return;
          if (now.dragging || Math.abs(event.clientX - now.x) > DRAG_FROM) {
            now.dragging = true;
            onDrag(column, event.clientX, false);
          }
        }}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          press.current = null;
        }}
      >
        <KindIcon kind={column.kind} />
        <bdi className="fr-name">{column.name === "" ? (isIndex ? "" : t`values`) : column.name}</bdi>
        {sort !== undefined && (
          <span className="fr-sorted" aria-hidden>
            {sort.descending ? <ArrowDown size={12} /> : <ArrowUp size={12} />}
            {view.sort.length > 1 && key + 1}
          </span>
        )}
        <span className="fr-head-tools">
          {(isHot || isActive || isFiltered || isFiltering) && waits === null && (
            <Popover
              label={t`Filter ${column.name}`}
              open={isFiltering}
              onOpenChange={setIsFiltering}
              align="start"
              trigger={
                <button
                  type="button"
                  tabIndex={-1}
                  className="fr-tool"
                  aria-label={t`Filter ${column.name}`}
                  data-on={isFiltered || undefined}
                  data-tool="filter"
                >
                  <FilterIcon size={12} aria-hidden />
                </button>
              }
            >
              <FilterEditor
                column={column}
                valuesOf={props.valuesOf}
                filter={view.filters.find((each) => each.column === column.at) ?? null}
                onFilter={(filter) => {
                  onView(filtered(view, column.at, filter));
                  setIsFiltering(false);
                }}
              />
            </Popover>
          )}
          {(isHot || isActive) && <HeaderMenu {...props} onFilter={() => setIsFiltering(true)} />}
        </span>
      </div>
      {hasChart && !isIndex && (
        <div className="fr-head-body">
          <div className="fr-head-chart">
            <Spark column={column} width={Math.max(20, width - 20)} />
          </div>
          <div className="fr-head-line">
            {(range.length + missing.length) * FIGURE < width - 26 && <span className="fr-range">{range}</span>}
            {missing !== "" && <span className="fr-missing">{missing}</span>}
          </div>
        </div>
      )}
      {!isIndex && <Resizer {...props} />}
    </div>
  );
}

/** The right edge of a header, which is dragged; a double click fits the column to its cells. */
function Resizer({ column, width, view, onView, onFit }: HeaderProps): ReactElement {
  const from = useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      className="fr-resizer"
      aria-hidden
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => {
        if (from.current === null) return;
        const next = Math.max(MIN_WIDTH, Math.round(from.current.width + event.clientX - from.current.x));
        onView({ ...view, widths: { ...view.widths, [column.at]: next } });
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
      onDoubleClick={() => onFit(column)}
    />
  );
}

function HeaderMenu({
  column,
  columns,
  width,
  view,
  waits,
  onView,
  onFit,
  onFilter,
}: HeaderProps & { onFilter: () => void }): ReactElement {
  const isPinned = view.pinned.includes(column.at);
  const isWrapped = view.wrapped.includes(column.at);
  const tint = view.tints[column.at];
  const isIndex = column.at < 0;
  const setTint = (next: Tint): void => {
    const rest = Object.entries(view.tints).filter(([at]) => Number(at) !== column.at);
    onView({ ...view, tints: Object.fromEntries(tint === next ? rest : [...rest, [column.at, next]]) });
  };
  const resize = (by: number): void =>
    onView({ ...view, widths: { ...view.widths, [column.at]: Math.max(MIN_WIDTH, width + by) } });
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" tabIndex={-1} className="fr-tool" aria-label={t`Menu of ${column.name}`} data-tool="menu">
          <ChevronDown size={13} aria-hidden />
        </button>
      }
    >
      <MenuItem
        icon={ArrowUpNarrowWide}
        disabled={waits !== null}
        onSelect={() => onView(setSort(view, column.at, false))}
      >{t`Sort ascending`}</MenuItem>
      <MenuItem
        icon={ArrowDownNarrowWide}
        disabled={waits !== null}
        onSelect={() => onView(setSort(view, column.at, true))}
      >{t`Sort descending`}</MenuItem>
      <MenuItem icon={FilterIcon} disabled={waits !== null} onSelect={onFilter}>{t`Filter…`}</MenuItem>
      {!isIndex && (
        <>
          <MenuSeparator />
          <MenuItem
            icon={isPinned ? PinOff : Pin}
            onSelect={() => onView({ ...view, pinned: toggled(view.pinned, column.at) })}
          >
            {isPinned ? t`Unpin` : t`Pin to the left`}
          </MenuItem>
          <MenuItem
            icon={ArrowLeft}
            onSelect={() => onView(movedBy(columns, view, column.at, -1))}
          >{t`Move left`}</MenuItem>
          <MenuItem
            icon={ArrowRight}
            onSelect={() => onView(movedBy(columns, view, column.at, 1))}
          >{t`Move right`}</MenuItem>
          <MenuItem onSelect={() => resize(40)}>{t`Wider`}</MenuItem>
          <MenuItem onSelect={() => resize(-40)}>{t`Narrower`}</MenuItem>
          <MenuItem onSelect={() => onFit(column)}>{t`Fit to its cells`}</MenuItem>
          <MenuSeparator />
          <MenuItem icon={WrapText} onSelect={() => onView({ ...view, wrapped: toggled(view.wrapped, column.at) })}>
            {isWrapped ? t`One line` : t`Wrap text`}
          </MenuItem>
          {isNumeric(column.kind) && column.profile !== null && (
            <>
              <MenuItem icon={Paintbrush} onSelect={() => setTint("scale")}>
                {tint === "scale" ? t`No colour` : t`Colour by value`}
              </MenuItem>
              <MenuItem icon={Paintbrush} onSelect={() => setTint("bars")}>
                {tint === "bars" ? t`No bars` : t`Bars by value`}
              </MenuItem>
            </>
          )}
          {(column.kind === "category" || column.kind === "text" || column.kind === "boolean") &&
            column.profile !== null && (
              <MenuItem icon={Paintbrush} onSelect={() => setTint("chips")}>
                {tint === "chips" ? t`No colour` : t`Colour by category`}
              </MenuItem>
            )}
          <MenuSeparator />
          <MenuItem
            icon={EyeOff}
            onSelect={() => onView({ ...view, hidden: toggled(view.hidden, column.at) })}
          >{t`Hide`}</MenuItem>
        </>
      )}
    </Menu>
  );
}
