/** Sorting, filtering and searching where all rows are stored: nothing of it needs a kernel. Pure. */
import { isNumeric, isMissing } from "./format";
import { INFINITE, NEGATIVE_INFINITE, type Cell, type Frame, type Kind } from "./bundle";
import type { Filter, RowsView } from "./view";

/** The rows of a stored table that a view shows, in its order. */
export function localRows(frame: Frame, rows: number, view: RowsView): readonly number[] {
  const column = (at: number): readonly Cell[] =>
    (at < 0 ? frame.indexCells[frame.index.length + at] : frame.cells[at]) ?? [];
  const kind = (at: number): Kind =>
    (at < 0 ? frame.index[frame.index.length + at]?.kind : frame.columns[at]?.kind) ?? "object";
  let found = Array.from({ length: rows }, (_, row) => row);
  for (const filter of view.filters) {
    const cells = column(filter.column);
    const test = testOf(filter, kind(filter.column));
    found = found.filter((row) => test(cells[row] ?? 0));
  }
  if (view.search !== "") {
    const every = [...frame.index, ...frame.columns];
    const tests = every.flatMap(({ at }) => {
      const fits = searchOf(at, kind(at), view.search.trim(), frame.library);
      return fits.length === 0 ? [] : [{ cells: column(at), all: fits.map((filter) => testOf(filter, kind(at))) }];
    });
    found = found.filter((row) => tests.some(({ cells, all }) => all.every((test) => test(cells[row] ?? 0))));
  }
  if (view.sort.length === 0) return found;
  const keys = view.sort.map((key) => {
    const values = column(key.column).map((cell) => exactOf(cell, kind(key.column)));
    return { values, sign: key.descending ? -1 : 1 };
  });
  return found.sort((a, b) => {
    for (const { values, sign } of keys) {
      const x = values[a] ?? null;
      const y = values[b] ?? null;
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      const order = orderOf(x, y);
      if (order !== 0) return order * sign;
    }
    return a - b;
  });
}

/** What all holds where a column has a searched text, as in the kernel: nothing for a column that cannot have it. */
function searchOf(column: number, kind: Kind, text: string, library: string): readonly Filter[] {
  const filter = (operation: Filter["operation"], value: string): Filter => ({ column, operation, values: [value] });
  switch (kind) {
    case "text":
    case "category":
      return [filter("contains", text)];
    case "object":
      return library === "pandas" ? [filter("contains", text)] : [];
    case "integer":
    case "number":
      return text === "" || Number.isNaN(Number(text)) ? [] : [filter("=", text)];
    case "date":
    case "datetime": {
      const span = spanOf(text);
      const [first, after] = (span ?? []).map((each) => (kind === "date" ? each.slice(0, 10) : each));
      return first === undefined || after === undefined ? [] : [filter(">=", first), filter("<", after)];
    }
    case "boolean":
    case "time":
    case "duration":
    case "binary":
    case "image":
    case "nested":
      return [];
  }
}

const PART = /^\d{4}-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d)?)?)?$/;

/** The first moment that a part of a date means, a month, a day, a minute or a second, and the first after it. */
export function spanOf(text: string): readonly [string, string] | null {
  if (!PART.test(text)) return null;
  const end = new Date(momentOf(text.length === 7 ? `${text}-01` : text));
  if (Number.isNaN(end.getTime())) return null;
  const start = stamp(end);
  if (text.length === 7) end.setUTCMonth(end.getUTCMonth() + 1);
  else if (text.length === 10) end.setUTCDate(end.getUTCDate() + 1);
  else end.setTime(end.getTime() + (text.length === 16 ? 60_000 : 1000));
  return [start, stamp(end)];
}

const stamp = (moment: Date): string => moment.toISOString().slice(0, 19).replace("T", " ");

/** Whether a stored table can tell which rows a view has: not by a pattern, nor by texts of which it has only the beginning. */
export function canTell(frame: Frame, view: RowsView): boolean {
  if (view.filters.some((filter) => filter.operation === "regex")) return false;
  const hasCut = (cells: readonly Cell[] | undefined): boolean => cells?.some((cell) => Array.isArray(cell)) ?? false;
  if (view.search !== "" && [...frame.indexCells, ...frame.cells].some(hasCut)) return false;
  return view.filters.every(
    ({ column }) => !hasCut(column < 0 ? frame.indexCells[frame.index.length + column] : frame.cells[column]),
  );
}

const plain = (cell: Cell): string => (typeof cell === "number" ? "" : typeof cell === "string" ? cell : cell[0]);

/** A cell as something that compares; null where it is missing. */
export function valueOf(cell: Cell, kind: Kind): number | string | null {
  if (isMissing(cell)) return null;
  if (cell === INFINITE) return Infinity;
  if (cell === NEGATIVE_INFINITE) return -Infinity;
  const text = plain(cell);
  if (isNumeric(kind)) return Number(text);
  if (kind === "duration") return seconds(text);
  if (kind === "datetime" || kind === "date") {
    const time = Date.parse(text.replace(" ", "T"));
    return Number.isNaN(time) ? text : time;
  }
  return kind === "boolean" ? (text === "True" ? 1 : 0) : text;
}

/** The same where values are compared: every digit of a long whole number counts, and no zone of this browser. */
function exactOf(cell: Cell, kind: Kind): number | bigint | string | null {
  if (typeof cell === "string") {
    if (kind === "integer" && cell.length > 15 && WHOLE.test(cell)) return BigInt(cell);
    const time = kind === "datetime" ? momentOf(cell) : NaN;
    if (!Number.isNaN(time)) return time;
  }
  return valueOf(cell, kind);
}

/** What has no offset counts as if it were in UTC: such moments have an order, and no place. */
function momentOf(text: string): number {
  const written = text.replace(" ", "T");
  return Date.parse(written.length > 10 && !OFFSET.test(written) ? `${written}Z` : written);
}

const WHOLE = /^-?\d+$/;
const OFFSET = /(Z|[+-]\d\d:\d\d(:\d\d)?)$/;

const orderOf = (a: number | bigint | string, b: number | bigint | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** "1 days 02:03:04" as seconds. */
export function seconds(text: string): number {
  const match = /^(-)?(?:-?(\d+) days? ?)?(?:(\d+):(\d+):(\d+(?:\.\d+)?))?$/.exec(text.trim());
  if (match === null) return Number(text);
  const [, sign, days = "0", hours = "0", minutes = "0", rest = "0"] = match;
  const whole = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return sign === undefined ? whole : -whole;
}

function testOf(filter: Filter, kind: Kind): (cell: Cell) => boolean {
  const { operation, values } = filter;
  // What a person writes without an offset is meant in the zone of the column: the offsets of the cells count no more.
  const isMoment = kind === "datetime" && values.every((value) => !OFFSET.test(value));
  const read = (cell: Cell): ReturnType<typeof exactOf> =>
    exactOf(isMoment && typeof cell === "string" ? cell.replace(OFFSET, "") : cell, kind);
  const wanted = values.map((value) => (kind === "boolean" ? (value.toLowerCase() === "true" ? 1 : 0) : read(value)));
  const [first = null, second = null] = wanted;
  const needle = (values[0] ?? "").toLowerCase();
  const compare = (fits: (order: number) => boolean) => (cell: Cell) => {
    const value = read(cell);
    return value !== null && first !== null && fits(orderOf(value, first));
  };
  const text = (test: (text: string) => boolean) => (cell: Cell) => !isMissing(cell) && test(plain(cell).toLowerCase());
  const isWords = kind === "text" || kind === "category" || kind === "object";
  switch (operation) {
    case "missing":
      return isMissing;
    case "present":
      return (cell) => !isMissing(cell);
    case "=":
      return isWords ? text((found) => found === needle) : compare((order) => order === 0);
    case "!=":
      return isWords ? text((found) => found !== needle) : compare((order) => order !== 0);
    case "<":
      return compare((order) => order < 0);
    case "<=":
      return compare((order) => order <= 0);
    case ">":
      return compare((order) => order > 0);
    case ">=":
      return compare((order) => order >= 0);
    case "between":
      return (cell) => {
        const value = read(cell);
        const isKnown = value !== null && first !== null && second !== null;
        return isKnown && orderOf(value, first) >= 0 && orderOf(value, second) <= 0;
      };
    case "contains":
      return text((found) => found.includes(needle));
    case "not contains":
      return text((found) => !found.includes(needle));
    case "starts":
      return text((found) => found.startsWith(needle));
    case "ends":
      return text((found) => found.endsWith(needle));
    case "in":
      return (cell) => !isMissing(cell) && values.includes(plain(cell));
    case "not in":
      return (cell) => !isMissing(cell) && !values.includes(plain(cell));
    case "regex":
      // A pattern of one person would run in everybody's page, without a limit; it waits for the kernel.
      return () => false;
  }
}
