/** The headings of a notebook, with what happens below each. */

import * as Y from "yjs";
import { cellMap, cellsOf, headOf } from "../model/cells";
import type { RuntimeIndex, SourceIndex } from "../model/index";
import { headingsOf, type Heading } from "../model/headings";
import { queueOf, readRun, type RunState } from "../model/run";

export type SectionState = "running" | "queued" | "failed" | null;

export interface OutlineItem {
  readonly cell: string;
  /** Which heading of its cell it is, from 0. */
  readonly nth: number;
  readonly level: number;
  readonly text: string;
  /** What the code cells down to the next heading do, the most urgent first. */
  readonly state: SectionState;
  /** Those cells, and the heading's own. */
  readonly cells: readonly string[];
}

const seen = new WeakMap<Y.Text, { text: string; headings: Heading[] }>();

function headingsIn(source: Y.Text): readonly Heading[] {
  const text = source.toJSON();
  const before = seen.get(source);
  if (before?.text === text) return before.headings;
  const headings = headingsOf(text);
  seen.set(source, { text, headings });
  return headings;
}

/** The documents of a notebook. */
export interface Documents {
  readonly doc: Y.Doc;
  readonly source: SourceIndex;
  readonly runtime: RuntimeIndex;
}

export function outlineOf(cells: Documents): OutlineItem[] {
  const { doc, source, runtime } = cells;
  const map = cellsOf(doc);
  const queue = queueOf(runtime.queue);
  const items: (OutlineItem & { cells: string[] })[] = [];
  for (const id of source.order()) {
    const cell = cellMap(map, id);
    const head = cell === null ? null : headOf(id, cell);
    if (head === null) continue;
    if (head.type === "markdown") {
      const headings = headingsIn(head.source);
      if (headings.length === 0) items.at(-1)?.cells.push(id);
      headings.forEach(({ level, text }, nth) => items.push({ cell: id, nth, level, text, state: null, cells: [id] }));
      continue;
    }
    const above = items.at(-1);
    if (above === undefined) continue;
    above.cells.push(id);
    const entry = runtime.cells.get(id);
    const run = readRun(entry instanceof Y.Map ? (entry as Y.Map<unknown>) : null, queue, id);
    const state = stateOf(run?.state);
    if (URGENCY.indexOf(state) > URGENCY.indexOf(above.state)) items[items.length - 1] = { ...above, state };
  }
  return items;
}

const URGENCY: readonly SectionState[] = [null, "queued", "failed", "running"];

function stateOf(state: RunState | undefined): SectionState {
  if (state === "running" || state === "queued") return state;
  return state === "error" ? "failed" : null;
}

export const sameOutline = (a: readonly OutlineItem[], b: readonly OutlineItem[]): boolean =>
  a.length === b.length &&
  a.every((item, index) => {
    const other = b[index];
    return (
      other !== undefined &&
      item.cell === other.cell &&
      item.nth === other.nth &&
      item.level === other.level &&
      item.text === other.text &&
      item.state === other.state &&
      item.cells.length === other.cells.length &&
      item.cells.every((cell, at) => cell === other.cells[at])
    );
  });
