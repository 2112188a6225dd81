/** What a person asked of a table: its order, its filters, and how its columns stand. Pure. */
import { t } from "@lingui/core/macro";
import type { Column, Kind } from "./bundle";

export const OPERATIONS = [
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "between",
  "contains",
  "not contains",
  "starts",
  "ends",
  "regex",
  "in",
  "not in",
  "missing",
  "present",
] as const;

export type Operation = (typeof OPERATIONS)[number];

export interface Filter {
  readonly column: number;
  readonly operation: Operation;
  readonly values: readonly string[];
}

export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
}

/** Which rows, in which order: what the kernel is asked. */
export interface RowsView {
  readonly sort: readonly SortKey[];
  readonly filters: readonly Filter[];
  readonly search: string;
}

export type Tint = "scale" | "bars" | "chips";

export interface GridView extends RowsView {
  /** Positions of columns in the order in which they stand; those that are not named follow. */
  readonly order: readonly number[];
  readonly hidden: readonly number[];
  readonly pinned: readonly number[];
  readonly widths: Readonly<Record<number, number | undefined>>;
  readonly wrapped: readonly number[];
  readonly tints: Readonly<Record<number, Tint | undefined>>;
}

export const PLAIN: GridView = {
  sort: [],
  filters: [],
  search: "",
  order: [],
  hidden: [],
  pinned: [],
  widths: {},
  wrapped: [],
  tints: {},
};

export const rowsOf = ({ sort, filters, search }: GridView): RowsView => ({ sort, filters, search });
export const isPlainRows = (view: RowsView): boolean =>
  view.sort.length === 0 && view.filters.length === 0 && view.search === "";

/** A click on a header: up, down, off. With `add` the other keys stay. */
export function sortedBy(view: GridView, column: number, add: boolean): GridView {
  const now = view.sort.find((key) => key.column === column);
  const rest = add ? view.sort.filter((key) => key.column !== column) : [];
  if (now === undefined) return { ...view, sort: [...rest, { column, descending: false }] };
  if (now.descending) return { ...view, sort: rest };
  const next = { column, descending: true };
  return { ...view, sort: add ? view.sort.map((key) => (key.column === column ? next : key)) : [next] };
}

export const setSort = (view: GridView, column: number, descending: boolean): GridView => ({
  ...view,
  sort: [{ column, descending }],
});

/** Put a filter in the place of the others on its column; null takes them away. */
export function filtered(view: GridView, column: number, filter: Filter | null): GridView {
  const rest = view.filters.filter((each) => each.column !== column);
  return { ...view, filters: filter === null ? rest : [...rest, filter] };
}

/** The columns that show: the pinned ones first. */
export function columnsShown(columns: readonly Column[], view: GridView): { pinned: Column[]; rest: Column[] } {
  const hidden = new Set(view.hidden);
  const rank = new Map(view.order.map((at, place) => [at, place]));
  const inOrder = columns
    .filter((column) => !hidden.has(column.at))
    .map((column, place) => ({ column, rank: rank.get(column.at) ?? view.order.length + place }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
  const pinned = new Set(view.pinned);
  return {
    pinned: inOrder.filter((column) => pinned.has(column.at)),
    rest: inOrder.filter((column) => !pinned.has(column.at)),
  };
}

/** Move a column to stand before another one, or last. */
export function movedBefore(
  columns: readonly Column[],
  view: GridView,
  moved: number,
  before: number | null,
): GridView {
  const { pinned, rest } = columnsShown(columns, { ...view, hidden: [] });
  const order = [...pinned, ...rest].map((column) => column.at).filter((at) => at !== moved);
  const place = before === null ? order.length : order.indexOf(before);
  order.splice(place < 0 ? order.length : place, 0, moved);
  return { ...view, order };
}

export function movedBy(columns: readonly Column[], view: GridView, moved: number, step: -1 | 1): GridView {
  const { pinned, rest } = columnsShown(columns, view);
  const group = (view.pinned.includes(moved) ? pinned : rest).map((column) => column.at);
  const place = group.indexOf(moved);
  const target = step < 0 ? group[place - 1] : group[place + 2];
  if (place < 0 || (step < 0 && target === undefined) || (step > 0 && place === group.length - 1)) return view;
  return movedBefore(columns, view, moved, target ?? null);
}

export const toggled = (list: readonly number[], at: number): readonly number[] =>
  list.includes(at) ? list.filter((each) => each !== at) : [...list, at];

/** The filters that fit a kind of column, the usual one first. */
export function operationsFor(kind: Kind): readonly Operation[] {
  switch (kind) {
    case "integer":
    case "number":
    case "duration":
      return [">=", "<=", "=", "!=", ">", "<", "between", "missing", "present"];
    case "date":
    case "datetime":
    case "time":
      return ["between", ">=", "<", "=", "missing", "present"];
    case "boolean":
      return ["=", "missing", "present"];
    case "category":
      return ["in", "not in", "contains", "missing", "present"];
    case "text":
    case "object":
      return ["contains", "not contains", "starts", "ends", "=", "!=", "regex", "in", "missing", "present"];
    case "binary":
    case "image":
    case "nested":
      return ["missing", "present"];
  }
}

const WORDS: Readonly<Record<Operation, string>> = {
  "=": t`is`,
  "!=": t`is not`,
  "<": t`is less than`,
  "<=": t`is at most`,
  ">": t`is more than`,
  ">=": t`is at least`,
  between: t`is between`,
  contains: t`contains`,
  "not contains": t`does not contain`,
  starts: t`starts with`,
  ends: t`ends with`,
  regex: t`matches the pattern`,
  in: t`is one of`,
  "not in": t`is none of`,
  missing: t`is missing`,
  present: t`is not missing`,
};

const DATE_WORDS: Readonly<Partial<Record<Operation, string>>> = {
  ">=": t`is from`,
  "<": t`is before`,
  "<=": t`is until`,
  ">": t`is after`,
};

export function operationWord(operation: Operation, kind: Kind): string {
  const isDated = kind === "date" || kind === "datetime" || kind === "time";
  return (isDated ? DATE_WORDS[operation] : undefined) ?? WORDS[operation];
}

export const valuesNeeded = (operation: Operation): number =>
  operation === "missing" || operation === "present" ? 0 : operation === "between" ? 2 : 1;

/** A filter in words, as "price is at least 10". */
export function filterWords(filter: Filter, column: Column): string {
  const name = column.name === "" ? "value" : column.name;
  const word = operationWord(filter.operation, column.kind);
  const values =
    filter.operation === "between"
      ? filter.values.join(" and ")
      : filter.values.slice(0, 3).join(", ") +
        (filter.values.length > 3 ? t` and ${filter.values.length - 3} more` : "");
  return valuesNeeded(filter.operation) === 0 ? `${name} ${word}` : `${name} ${word} ${values}`;
}
