/** How columns look: found from the first of their cells that come, and kept, so that later pages make nothing jump. */
import type { Cell, Column } from "./bundle";
import { styleOf, type Style } from "./format";
import { fittingWidth, type Range } from "./layout";
import type { RowSource } from "./source";

const SAMPLE = 60;
const UNKNOWN_WIDTH = 128;
const DIGIT = 8;
const INDEX_WIDTH = { least: 48, most: 220 };

export class Looks {
  readonly #rows: number;
  readonly #styles = new Map<number, { column: Column; style: Style }>();
  readonly #widths = new Map<number, number>();

  /** `rows` is how many the table has, however few of them a view shows. */
  constructor(rows: number) {
    this.#rows = rows;
  }

  style(column: Column, source: RowSource): Style {
    const known = this.#styles.get(column.at);
    if (known?.column.type === column.type) return known.style;
    const cells = sample(column, source);
    const style = styleOf(column, cells);
    if (cells.some(isThere)) this.#styles.set(column.at, { column, style });
    return style;
  }

  /** A column's natural width in pixels. */
  width(column: Column, source: RowSource): number {
    const known = this.#widths.get(column.at);
    if (known !== undefined) return known;
    const cells = sample(column, source);
    if (!cells.some(isThere)) return column.at < 0 ? INDEX_WIDTH.least : UNKNOWN_WIDTH;
    const fitting = fittingWidth(column, cells, this.style(column, source));
    const width = column.at < 0 ? this.#indexWidth(column, fitting) : fitting;
    this.#widths.set(column.at, width);
    return width;
  }

  #indexWidth(column: Column, fitting: number): number {
    const last = column.kind === "integer" ? String(this.#rows).length * DIGIT + 26 : 0;
    return Math.max(INDEX_WIDTH.least, last, Math.min(INDEX_WIDTH.most, fitting - 24));
  }

  /** The width that fits the cells which show now. */
  fit(column: Column, source: RowSource, rows: Range): number {
    return fittingWidth(column, sample(column, source, rows.start), this.style(column, source));
  }
}

const isThere = (cell: Cell | undefined): boolean => cell !== undefined;

function sample(column: Column, source: RowSource, from = 0): (Cell | undefined)[] {
  const end = Math.min(source.rows, from + SAMPLE);
  return Array.from({ length: Math.max(0, end - from) }, (_, place) => source.cell(from + place, column.at));
}
