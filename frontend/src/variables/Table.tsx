import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent, type RefObject } from "react";
import { cx } from "../ui/cx";
import { Tooltip } from "../ui/Tooltip";
import { keyOf, type Row, type Sort, type SortKey } from "./rows";
import { shapeText, sizeText } from "./words";

const ROW_PX = 28;
const SPARE_ROWS = 8;

const HEADS: readonly { readonly key: SortKey; readonly label: string }[] = [
  { key: "name", label: t`Name` },
  { key: "type", label: t`Type` },
  { key: "shape", label: t`Shape` },
  { key: "size", label: t`Size` },
];

export interface TableProps {
  readonly rows: readonly Row[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** The key of the selected row. */
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
  readonly canExpand: boolean;
  readonly onToggle: (row: Row & { kind: "item" }) => void;
  readonly onMore: (row: Row & { kind: "more" }) => void;
  readonly onDelete: (row: Row & { kind: "item" }) => void;
  /** A letter was typed while the table had the focus. */
  readonly onType: (letter: string) => void;
  readonly table: RefObject<HTMLDivElement | null>;
}

/** The variables in rows of one height, of which only those in sight are in the page. */
export function Table(props: TableProps) {
  const { rows, selected, onSelect, table } = props;
  const id = useId();
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  const at = rows.findIndex((row) => rowKey(row) === selected);
  const first = Math.max(0, Math.floor(seen.top / ROW_PX) - SPARE_ROWS);
  const last = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW_PX) + SPARE_ROWS);

  useEffect(() => {
    const element = table.current;
    if (element === null) return undefined;
    const measure = (): void => setSeen({ top: element.scrollTop, height: element.clientHeight });
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [table]);

  const moveTo = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    onSelect(rowKey(row));
    const element = table.current;
    if (element === null) return;
    const top = rows.indexOf(row) * ROW_PX;
    const room = element.clientHeight - ROW_PX - HEAD_PX;
    if (top < element.scrollTop) element.scrollTo({ top });
    else if (top > element.scrollTop + room) element.scrollTo({ top: top - room });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    const page = Math.max(1, Math.floor(seen.height / ROW_PX) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: at + page,
      PageUp: at - page,
    };
    const move = moves[event.key];
    if (move !== undefined) moveTo(move);
    else if (event.key === "Enter" && row?.kind === "more") props.onMore(row);
    else if (event.key === "Enter" && row?.kind === "item") props.onToggle(row);
    else if (event.key === "ArrowRight" && row?.kind === "item" && !row.open) props.onToggle(row);
    else if (event.key === "ArrowLeft" && row?.kind === "item" && row.open) props.onToggle(row);
    else if (event.key === "ArrowLeft" && row !== undefined && row.depth > 0) {
      const parent = keyOf(row.kind === "item" ? row.path.slice(0, -1) : row.path);
      moveTo(rows.findIndex((one) => rowKey(one) === parent));
    } else if (event.key === "Delete" && row?.kind === "item" && row.depth === 0) props.onDelete(row);
    else if (event.key.length === 1 && event.key !== " ") props.onType(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={table}
      role="treegrid"
      aria-label={t`Variables`}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={at >= first && at < last ? `${id}-${at}` : undefined}
      tabIndex={0}
      className="variables-table"
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (at < 0 && rows.length > 0) moveTo(0);
      }}
    >
      <div role="row" aria-rowindex={1} className="variables-head">
        {HEADS.map((head) => (
          <Head key={head.key} column={head.key} label={head.label} sort={props.sort} onSort={props.onSort} />
        ))}
        <div role="columnheader" data-column="value">{t`Value`}</div>
      </div>
      <div role="presentation" style={{ height: rows.length * ROW_PX, position: "relative" }}>
        <div role="rowgroup" style={{ position: "absolute", insetInline: 0, top: first * ROW_PX }}>
          {rows.slice(first, last).map((row, offset) => (
            <TableRow
              key={rowKey(row)}
              id={`${id}-${first + offset}`}
              row={row}
              index={first + offset}
              isSelected={first + offset === at}
              props={props}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

const HEAD_PX = 28;

export const rowKey = (row: Row): string => (row.kind === "item" ? keyOf(row.path) : `${row.kind} ${keyOf(row.path)}`);

function Head({
  label,
  column,
  sort,
  onSort,
}: {
  label: string;
  column: SortKey;
  sort: Sort;
  onSort: (sort: Sort) => void;
}) {
  const isSorted = sort.key === column;
  const Arrow = sort.down ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      data-column={column}
      aria-sort={isSorted ? (sort.down ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        onClick={() => onSort({ key: column, down: isSorted ? !sort.down : column === "size" || column === "shape" })}
      >
        {label}
        {isSorted && <Arrow size={12} aria-hidden />}
      </button>
    </div>
  );
}

function TableRow({
  id,
  row,
  index,
  isSelected,
  props,
}: {
  id: string;
  row: Row;
  index: number;
  isSelected: boolean;
  props: TableProps;
}) {
  const indent = { paddingInlineStart: 4 + row.depth * 14 };
  if (row.kind !== "item") {
    return (
      <div
        id={id}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        aria-level={row.depth + 1}
        className="variables-row"
      >
        <div role="gridcell" className="variables-note" style={{ paddingInlineStart: 24 + row.depth * 14 }}>
          {row.kind === "note" ? (
            row.text
          ) : (
            <button
              type="button"
              tabIndex={-1}
              onClick={() => props.onMore(row)}
            >{t`Show more (${row.left.toLocaleString(currentLocale())} left)`}</button>
          )}
        </div>
      </div>
    );
  }
  const { item } = row;
  const canOpen = item.children === true && props.canExpand;
  const Arrow = row.open ? ChevronDown : ChevronRight;
  return (
    // The table has the focus and the keys; a row only takes the pointer.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      {...(canOpen ? { "aria-expanded": row.open } : {})}
      className={cx("variables-row", item.fresh === true && "is-fresh")}
      onClick={() => props.onSelect(rowKey(row))}
      onDoubleClick={() => {
        if (canOpen) props.onToggle(row);
      }}
    >
      <div role="gridcell" data-column="name" style={indent}>
        {canOpen ? (
          // The row says that it unfolds, and the table has the keys for it.
          <button
            type="button"
            tabIndex={-1}
            aria-hidden
            className="variables-twist"
            onClick={() => props.onToggle(row)}
          >
            <Arrow size={14} aria-hidden />
          </button>
        ) : (
          <span className="variables-twist" />
        )}
        <bdi className="variables-name" title={item.name}>
          {item.name}
        </bdi>
        {item.fresh === true && (
          <Tooltip label={t`Changed by the last run`}>
            <span className="variables-fresh">
              <span className="sr-only">{t`changed by the last run`}</span>
            </span>
          </Tooltip>
        )}
      </div>
      <div role="gridcell" data-column="type" title={item.type}>
        {item.type}
      </div>
      <div role="gridcell" data-column="shape" title={shapeText(item)}>
        {shapeText(item)}
      </div>
      <div role="gridcell" data-column="size">
        {sizeText(item)}
      </div>
      <div role="gridcell" data-column="value" title={item.preview}>
        <bdi dir="ltr">{item.preview}</bdi>
      </div>
    </div>
  );
}
