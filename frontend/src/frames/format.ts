/** How cells are written: numbers that line up, dates without what all share, words for what is missing. Pure. */
import { plural } from "@lingui/core/macro";
import { INFINITE, NAN, NEGATIVE_INFINITE, NOT_A_TIME, NULL, type Cell, type Column, type Kind } from "./bundle";

/** How a column's cells are written, found once from some of them. */
export interface Style {
  readonly kind: Kind;
  /** Digits after the point; null for exponents. */
  readonly decimals: number | null;
  readonly grouped: boolean;
  /** Dates whose time is always midnight. */
  readonly dayOnly: boolean;
  /** Times whose seconds are always none. */
  readonly minutesOnly: boolean;
  /** An offset that all share, which is left out. */
  readonly offset: string | null;
}

const MOST_DECIMALS = 6;
const OFFSET = /(Z|[+-]\d\d:\d\d)$/;
const NAMES: Readonly<Record<number, string>> = {
  [NULL]: "null",
  [NAN]: "NaN",
  [INFINITE]: "∞",
  [NEGATIVE_INFINITE]: "−∞",
  [NOT_A_TIME]: "NaT",
};

export const isNumeric = (kind: Kind): boolean => kind === "integer" || kind === "number";
export const isTemporal = (kind: Kind): boolean => kind === "date" || kind === "datetime" || kind === "time";
export const isRight = (kind: Kind): boolean => isNumeric(kind) || kind === "duration";

/** Finds how to write a column, from its profile and some of its cells. */
export function styleOf(column: Column, cells: readonly (Cell | undefined)[]): Style {
  const texts = cells.filter((cell): cell is string => typeof cell === "string");
  const samples = [column.profile?.min, column.profile?.max].filter((cell): cell is string => typeof cell === "string");
  const values = [...texts, ...samples].map(Number).filter(Number.isFinite);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const looksLikeName = /(^|[_\s])(id|year|zip|code|postcode)$/i.test(column.name);
  const isDated = column.kind === "datetime" || column.kind === "date";
  return {
    kind: column.kind,
    decimals: column.kind === "number" ? decimalsOf(texts, largest) : 0,
    grouped: isNumeric(column.kind) && largest >= 10_000 && !looksLikeName,
    dayOnly:
      isDated &&
      texts.length > 0 &&
      texts.every((each) => / 00:00:00(\.0+)?(Z|[+-]\d\d:\d\d)?$|^\d{4}-\d\d-\d\d$/.test(each)),
    minutesOnly:
      column.kind === "datetime" &&
      texts.length > 0 &&
      texts.every((each) => / \d\d:\d\d:00(\.0+)?(Z|[+-]|$)/.test(each)),
    offset: isDated ? sharedOffset(texts) : null,
  };
}

function decimalsOf(texts: readonly string[], largest: number): number | null {
  const values = texts.map(Number).filter((value) => Number.isFinite(value) && value !== 0);
  const smallest = values.reduce((least, value) => Math.min(least, Math.abs(value)), Infinity);
  if (largest >= 1e15 || (values.length > 0 && largest < 1e-4)) return null;
  let most = 0;
  for (const each of texts) {
    const point = each.indexOf(".");
    if (point < 0 && !each.includes("e")) continue;
    const digits = each.includes("e") ? MOST_DECIMALS : each.length - point - 1;
    most = Math.max(most, each.endsWith(".0") ? 0 : digits);
  }
  // Large numbers need fewer digits behind the point to tell them apart.
  const room = largest >= 1e6 ? 2 : largest >= 1000 ? 3 : largest >= 1 ? 4 : MOST_DECIMALS;
  return Math.min(most, smallest < 1e-3 ? MOST_DECIMALS : room);
}

function sharedOffset(texts: readonly string[]): string | null {
  const first = texts[0]?.match(OFFSET)?.[1] ?? null;
  if (first === null) return null;
  return texts.every((each) => each.endsWith(first)) ? first : null;
}

/** A cell as people read it. */
export function written(cell: Cell, style: Style): string {
  if (typeof cell === "number") return NAMES[cell] ?? "";
  if (typeof cell !== "string") return `${oneLine(cell[0])}…`;
  switch (style.kind) {
    case "integer":
      return style.grouped ? grouped(cell) : cell;
    case "number":
      return number(cell, style);
    case "date":
    case "datetime":
      return moment(cell, style);
    case "time":
      return cell.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : zeros));
    case "duration":
      return cell.replace(/^0 days /, "").replace(/^(-?\d+) days 00:00:00$/, "$1 days");
    case "boolean":
    case "text":
    case "category":
    case "binary":
    case "image":
    case "nested":
    case "object":
      return oneLine(cell);
  }
}

/** A figure of a profile, shorter than in cells. */
export function figure(cell: Cell, kind: Kind): string {
  if (typeof cell !== "string") return typeof cell === "number" ? (NAMES[cell] ?? "") : `${cell[0]}…`;
  if (isNumeric(kind)) return short(Number(cell));
  if (kind === "datetime" || kind === "date") return cell.slice(0, 10);
  if (kind === "duration") return cell.replace(/^0 days /, "").replace(/ 00:00:00$/, "");
  return cell;
}

/** A number in at most about six characters. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(1).replace("e+", "e");
  for (const [limit, unit] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
  ] as const)
    if (size >= limit) return `${trimmed(value / limit, 2)}${unit}`;
  if (size >= 10_000) return grouped(value.toFixed(0));
  return trimmed(value, size >= 100 ? 1 : size >= 1 ? 2 : 3);
}

const trimmed = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

function number(text: string, style: Style): string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (style.decimals === null) return value === 0 ? "0" : value.toExponential(3).replace("e+", "e");
  // A whole number beyond 2^53, or a decimal with many digits, keeps those that it has.
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return value.toExponential(3).replace("e+", "e");
  const fixed = value.toFixed(style.decimals);
  return style.grouped ? grouped(fixed) : fixed;
}

/** Digits in groups of three; leaves what is no plain number as it is. */
export function grouped(text: string): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (match === null) return text;
  return `${match[1] ?? ""}${(match[2] ?? "").replace(/\B(?=(\d{3})+$)/g, ",")}${match[3] ?? ""}`;
}

function moment(text: string, style: Style): string {
  let rest = text;
  if (style.offset !== null) rest = rest.slice(0, -style.offset.length);
  if (style.dayOnly) return rest.slice(0, 10);
  if (style.minutesOnly) return rest.replace(/( \d\d:\d\d):00(\.0+)?/, "$1");
  return rest.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

const oneLine = (text: string): string =>
  /[\n\r\t]/.test(text) ? text.replace(/\r?\n|\r/g, "↵").replace(/\t/g, "⇥") : text;

/** A cell as it goes to a spreadsheet: all its digits, nothing for what is missing. */
export function copied(cell: Cell | undefined): string {
  if (cell === undefined || cell === NULL || cell === NAN || cell === NOT_A_TIME) return "";
  if (cell === INFINITE) return "inf";
  if (cell === NEGATIVE_INFINITE) return "-inf";
  const text = typeof cell === "number" ? "" : typeof cell === "string" ? cell : cell[0];
  return /[\t\n\r"]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** A cell that has no text, in a word: "null", "inf". Null for one that has. */
export const wordOf = (cell: Cell | undefined): string | null =>
  typeof cell === "number" ? (NAMES[cell] ?? null) : null;

/** A row as its table calls it: by the levels of its index, else by its place. */
export function rowName(levels: readonly (Cell | undefined)[], row: number): string {
  if (levels.length === 0 || levels.some((cell) => cell === undefined)) return grouped(String(row + 1));
  return levels.map((cell) => wordOf(cell) ?? (Array.isArray(cell) ? `${String(cell[0])}…` : String(cell))).join(" · ");
}

export const isMissing = (cell: Cell): boolean => cell === NULL || cell === NAN || cell === NOT_A_TIME;

/** A share in words: 0.4 % is not 0 %. */
export function share(part: number, of: number): string {
  if (of === 0 || part === 0) return "0 %";
  const percent = (100 * part) / of;
  if (percent < 0.1) return "<0.1 %";
  if (percent > 99.9 && part < of) return ">99.9 %";
  return percent < 10 ? `${trimmed(percent, 1)} %` : `${Math.round(percent)} %`;
}

export const rowsText = (count: number): string => plural(count, { one: "# row", other: "# rows" });
export const columnsText = (count: number): string => plural(count, { one: "# column", other: "# columns" });
export const cellsText = (count: number): string => plural(count, { one: "# cell", other: "# cells" });
export const charactersText = (count: number): string => plural(count, { one: "# character", other: "# characters" });
export const picturesText = (count: number): string => plural(count, { one: "# picture", other: "# pictures" });
