/** Where cells stand, and which of them show: windows in both directions, over more rows than a page can be tall. Pure. */
import type { Cell, Column } from "./bundle";
import { isRight, isTemporal, written, type Style } from "./format";

export const ROW = 28;
/** The height of rows with wrapped text or pictures. */
export const TALL_ROW = 66;
export const PICTURE_WIDTH = 140;
export const MIN_WIDTH = 56;
export const MAX_AUTO_WIDTH = 320;

/** Browsers lay nothing out beyond some 33 million pixels; this stays well below. */
export const MOST_HEIGHT = 8_000_000;

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The left edges of columns, and at the end the width of all. */
export function edges(widths: readonly number[]): readonly number[] {
  const found = [0];
  for (const width of widths) found.push((found.at(-1) ?? 0) + width);
  return found;
}

/** The columns between two edges of the window, with `extra` on each side. */
export function columnsBetween(at: readonly number[], left: number, right: number, extra = 2): Range {
  const count = at.length - 1;
  const start = Math.max(0, place(at, left) - extra);
  return { start, end: Math.min(count, Math.max(start, place(at, right) + 1 + extra)) };
}

/** The last edge at or before a position, by halving. */
function place(at: readonly number[], position: number): number {
  let low = 0;
  let high = at.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((at[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How a tall table hangs in a scroller that cannot be as tall: what the scroller shows lies `shift` further down. */
export class Tall {
  readonly total: number;
  readonly height: number;
  #shift = 0;
  #last = 0;

  constructor(
    readonly rows: number,
    readonly row: number,
  ) {
    this.total = rows * row;
    this.height = Math.min(this.total, MOST_HEIGHT);
  }

  /** What to add to a position in the scroller to get the position in the table. */
  get shift(): number {
    return this.#shift;
  }

  /**
   * Follow the scroller to `top`, in a window of `view` pixels. Small steps move by as much as the wheel says; a
   * pulled scrollbar goes to the share of the table at which it stands.
   */
  scrolled(top: number, view: number): number {
    if (this.total <= this.height) return top;
    const far = Math.abs(top - this.#last) > view * 2;
    const limit = this.height - view;
    if (far || top <= 0 || top >= limit) {
      const share = limit <= 0 ? 0 : Math.min(1, Math.max(0, top / limit));
      this.#shift = Math.round(share * (this.total - view)) - top;
    }
    this.#last = top;
    const most = this.total - view - top;
    this.#shift = Math.min(Math.max(this.#shift, -top), most);
    return top + this.#shift;
  }

  /** Where to put the scroller so that the table shows from `position` on. */
  reach(position: number, view: number): number {
    if (this.total <= this.height) return position;
    const limit = this.height - view;
    const share = position / Math.max(1, this.total - view);
    const top = Math.round(Math.min(1, Math.max(0, share)) * limit);
    this.#shift = position - top;
    this.#last = top;
    return top;
  }
}

/** The rows in a window, with `extra` on each side. */
export function rowsBetween(top: number, view: number, row: number, rows: number, extra = 6): Range {
  const start = Math.max(0, Math.floor(top / row) - extra);
  return { start: Math.min(start, rows), end: Math.min(rows, Math.ceil((top + view) / row) + extra) };
}

/** A width that fits a column's name and some of its cells. */
export function fittingWidth(column: Column, cells: readonly (Cell | undefined)[], style: Style): number {
  let longest = 0;
  for (const cell of cells) if (cell !== undefined) longest = Math.max(longest, breadth(written(cell, style)));
  // Figures are all as wide as the widest of them.
  const text = longest * (isRight(column.kind) || isTemporal(column.kind) ? 8.2 : 7.4) + 24;
  const body = column.kind === "image" ? PICTURE_WIDTH : text;
  const head = breadth(column.name) * 7.4 + 62;
  const least = column.at < 0 ? 0 : leastWidth(column);
  return Math.round(Math.min(MAX_AUTO_WIDTH, Math.max(least, body, Math.min(head, isRight(column.kind) ? 200 : 240))));
}

/** Room for what the header says of the column. */
function leastWidth({ profile, kind }: Column): number {
  if (kind === "nested" || kind === "binary" || kind === "object") return 96;
  const isMissing = profile !== null && profile.bins.length > 1 && profile.missing > 0;
  return isMissing || kind === "datetime" ? 164 : 128;
}

/** How many Latin letters wide a text is, about. */
function breadth(text: string): number {
  let wide = 0;
  for (const character of text.slice(0, 60)) wide += (character.codePointAt(0) ?? 0) > 0x2e80 ? 1.9 : 1;
  return wide;
}
