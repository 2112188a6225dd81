/** The stored form of a table, as the kernel wrote it: read with care, since a kernel may say anything. Pure. */

export const KINDS = [
  "integer",
  "number",
  "boolean",
  "text",
  "category",
  "date",
  "datetime",
  "time",
  "duration",
  "binary",
  "image",
  "nested",
  "object",
] as const;

export type Kind = (typeof KINDS)[number];

/** What has no text of its own. */
export const NULL = 0;
export const NAN = 1;
export const INFINITE = 2;
export const NEGATIVE_INFINITE = 3;
export const NOT_A_TIME = 4;

/** Canonical text, a code for what has none, or the beginning of a longer text with its length. */
export type Cell = string | number | readonly [string, number];

export interface Profile {
  readonly missing: number;
  /** How many values were looked at. */
  readonly of: number;
  readonly isSampled: boolean;
  readonly min: Cell | null;
  readonly max: Cell | null;
  readonly mean: Cell | null;
  readonly quartiles: readonly Cell[];
  readonly bins: readonly number[];
  readonly from: number | null;
  readonly to: number | null;
  readonly top: readonly (readonly [Cell, number])[];
  readonly different: number | null;
}

export interface Column {
  /** Its position in the table; below 0 for levels of the index. */
  readonly at: number;
  readonly name: string;
  readonly type: string;
  readonly kind: Kind;
  readonly profile: Profile | null;
}

export interface Frame {
  /** The id under which the kernel knows what was displayed. */
  readonly id: string | null;
  readonly name: string | null;
  readonly library: string;
  readonly form: string;
  /** Null where the number of rows is not known. */
  readonly rows: number | null;
  readonly columnsTotal: number;
  readonly columns: readonly Column[];
  readonly index: readonly Column[];
  /** Column by column. */
  readonly cells: readonly (readonly Cell[])[];
  readonly indexCells: readonly (readonly Cell[])[];
  /** Addresses of the thumbnails of the first rows, by the positions of columns of pictures. */
  readonly pictures: ReadonlyMap<number, readonly (string | null)[]>;
}

export const FRAME_MIME = "application/vnd.commonbook.frame+json";

/** Reads a table from JSON; null for anything else. */
export function readFrame(value: unknown): Frame | null {
  if (!isRecord(value) || value["version"] !== 1) return null;
  const columns = readColumns(value["columns"], 0);
  const index = readColumns(value["index"], null);
  const cells = readCells(value["cells"], columns.length);
  const indexCells = readCells(value["index_cells"], index.length);
  if (cells === null || indexCells === null) return null;
  return {
    id: text(value["frame"]),
    name: text(value["name"]),
    library: text(value["library"]) ?? "",
    form: text(value["form"]) ?? "",
    rows: count(value["rows"]),
    columnsTotal: count(value["columns_total"]) ?? columns.length,
    columns,
    index,
    cells,
    indexCells,
    pictures: new Map(
      Object.entries(isRecord(value["pictures"]) ? value["pictures"] : {}).map(([at, those]) => [
        Number(at),
        list(those).map(readPicture),
      ]),
    ),
  };
}

const PICTURE = /^data:image\/[a-z+.-]{1,20};base64,[A-Za-z0-9+/=]+$/;

/** The address of a picture that holds it whole; null for one that would fetch anything, and for anything else. */
export const readPicture = (value: unknown): string | null =>
  typeof value === "string" && PICTURE.test(value) ? value : null;

/** How many of the first rows the frame itself holds. */
export const storedRows = (frame: Frame): number => frame.cells[0]?.length ?? frame.indexCells[0]?.length ?? 0;

/** Whether the frame holds all of the table. */
export const isWhole = (frame: Frame): boolean =>
  frame.rows !== null && storedRows(frame) >= frame.rows && frame.columns.length >= frame.columnsTotal;

/** How many rows have all their thumbnails in the frame itself; null for a frame without pictures. */
export const storedPictures = (frame: Frame): number | null => {
  const lengths = frame.columns.flatMap(({ at, kind }) =>
    kind === "image" ? [frame.pictures.get(at)?.length ?? 0] : [],
  );
  return lengths.length === 0 ? null : Math.min(...lengths);
};

/** Whether only the kernel has some of what the grid shows. */
export const lacksSome = (frame: Frame): boolean =>
  !isWhole(frame) || (storedPictures(frame) ?? Infinity) < storedRows(frame);

export function readColumns(value: unknown, first: number | null): Column[] {
  if (!Array.isArray(value)) return [];
  const start = first ?? -value.length;
  return value.map((each: unknown, place) => {
    const given = isRecord(each) ? each : {};
    const kind = KINDS.find((one) => one === given["kind"]) ?? "object";
    const at = typeof given["at"] === "number" ? given["at"] : start + place;
    return {
      at,
      name: text(given["name"]) ?? "",
      type: text(given["type"]) ?? "",
      kind,
      profile: readProfile(given["profile"]),
    };
  });
}

export function readProfile(value: unknown): Profile | null {
  if (!isRecord(value)) return null;
  const bins = numbers(value["bins"]);
  return {
    missing: count(value["missing"]) ?? 0,
    of: count(value["of"]) ?? 0,
    isSampled: value["sampled"] !== undefined,
    min: readCell(value["min"]),
    max: readCell(value["max"]),
    mean: readCell(value["mean"]),
    quartiles: list(value["quartiles"]).flatMap((each) => readCell(each) ?? []),
    bins,
    from: finite(value["from"]),
    to: finite(value["to"]),
    top: readTop(value["top"]),
    different: count(value["different"]),
  };
}

/** Values with their counts. */
export function readTop(value: unknown): (readonly [Cell, number])[] {
  return list(value).flatMap((each) => {
    const [cell, times] = list(each);
    const read = readCell(cell);
    return read === null || typeof times !== "number" ? [] : [[read, times] as const];
  });
}

export function readCell(value: unknown): Cell | null {
  if (typeof value === "string") return value;
  if (typeof value === "number") return value >= NULL && value <= NOT_A_TIME ? value : NULL;
  if (Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number") return [value[0], value[1]];
  return null;
}

/** Cells column by column, all of one length; null if they are not. */
export function readCells(value: unknown, columns: number): Cell[][] | null {
  const found = list(value).map((column) => list(column).map((cell) => readCell(cell) ?? NULL));
  const rows = found[0]?.length ?? 0;
  return found.length === columns && found.every((column) => column.length === rows) ? found : null;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const finite = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const count = (value: unknown): number | null => (typeof value === "number" && value >= 0 ? Math.floor(value) : null);
const numbers = (value: unknown): number[] => list(value).map((each) => finite(each) ?? 0);
