/**
 * What of the notebook is folded away on this page: outputs, code, and the sections under headings. It is this
 * browser's own and is remembered here for each notebook.
 */

import type * as Y from "yjs";
import { cellMap, cellsOf, headOf } from "../model/cells";
import { headingsOf } from "../model/headings";
import type { Cells } from "./CellsContext";
import type { CellsViewStore } from "./ui";

export type FoldKind = "folded" | "foldedCode" | "foldedSections";

const KINDS: readonly FoldKind[] = ["folded", "foldedCode", "foldedSections"];
/** Of a notebook whose folds fill more than this, the rest is open when it is opened anew. */
const MOST_KEPT = 2000;

export function toggleFolds(view: CellsViewStore, kind: FoldKind, ids: readonly string[]): void {
  const now = view.getState()[kind];
  setFolds(
    view,
    kind,
    ids,
    ids.some((id) => !now.has(id)),
  );
}

export function setFolds(view: CellsViewStore, kind: FoldKind, ids: readonly string[], fold: boolean): void {
  const next = new Set(view.getState()[kind]);
  for (const id of ids) {
    if (fold) next.add(id);
    else next.delete(id);
  }
  view.setState({ [kind]: next });
}

/** The level of a text's first heading of the highest rank, or null. */
export function levelOf(text: string): number | null {
  const levels = headingsOf(text).map(({ level }) => level);
  return levels.length === 0 ? null : Math.min(...levels);
}

/** A cell for folding: the level of its heading, null for one without. */
export interface Ranked {
  readonly id: string;
  readonly level: number | null;
}

/** The cells of each section, without the one that its heading stands in. */
export function sectionUnder(cells: readonly Ranked[], heading: string): string[] {
  const at = cells.findIndex(({ id }) => id === heading);
  const level = cells[at]?.level ?? null;
  if (level === null) return [];
  const rest = cells.slice(at + 1);
  const end = rest.findIndex((cell) => cell.level !== null && cell.level <= level);
  return rest.slice(0, end < 0 ? rest.length : end).map(({ id }) => id);
}

/** What folded sections hide. */
export function hiddenBy(cells: readonly Ranked[], folded: ReadonlySet<string>): Map<string, string> {
  const hidden = new Map<string, string>();
  for (const { id } of cells)
    if (folded.has(id) && !hidden.has(id)) for (const inside of sectionUnder(cells, id)) hidden.set(inside, id);
  return hidden;
}

export function rankedCells({ doc, source }: Pick<Cells, "doc" | "source">): Ranked[] {
  const map = cellsOf(doc);
  return source.order().map((id) => {
    const cell = cellMap(map, id);
    const head = cell === null ? null : headOf(id, cell);
    return { id, level: head?.type === "markdown" ? levelOf(head.source.toJSON()) : null };
  });
}

/** Open whatever hides a cell; its code and output stay as they are. */
export function reveal(cells: Cells, id: string): void {
  const { view } = cells;
  for (let step = 0; step < 10; step += 1) {
    const { foldedSections } = view.getState();
    if (foldedSections.size === 0) return;
    const by = hiddenBy(rankedCells(cells), foldedSections).get(id);
    if (by === undefined) return;
    setFolds(view, "foldedSections", [by], false);
  }
}

export function foldAll(cells: Cells, fold: boolean): void {
  const ranked = rankedCells(cells);
  const map = cellsOf(cells.doc);
  const code = ranked.flatMap(({ id }) => {
    const cell = cellMap(map, id);
    return cell !== null && headOf(id, cell)?.type === "code" ? [id] : [];
  });
  setFolds(cells.view, "folded", code, fold);
  setFolds(cells.view, "foldedCode", code, fold);
  if (!fold) cells.view.setState({ foldedSections: new Set() });
}

export function foldSections(cells: Cells): void {
  const ranked = rankedCells(cells);
  const headings = ranked.filter(({ id }) => sectionUnder(ranked, id).length > 0).map(({ id }) => id);
  setFolds(cells.view, "foldedSections", headings, true);
}

/** Take up what was folded here before, and remember what is folded from now on; returns how to stop. */
export function rememberFolds(view: CellsViewStore, notebook: string): () => void {
  const key = `commonbook.folds.${notebook}`;
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, unknown>;
    for (const kind of KINDS) {
      const ids = kept[kind];
      if (Array.isArray(ids)) view.setState({ [kind]: new Set(ids.filter((id) => typeof id === "string")) });
    }
  } catch {
    // Forbidden storage, or what another version wrote: everything is open.
  }
  return view.subscribe((now, before) => {
    if (KINDS.every((kind) => now[kind] === before[kind])) return;
    try {
      const kept = KINDS.map((kind) => [kind, [...now[kind]].slice(0, MOST_KEPT)] as const);
      if (kept.every(([, ids]) => ids.length === 0)) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // The folds then last as long as the page.
    }
  });
}

/** Call when the text of a cell changes, once typing rests. */
export function observeTexts(doc: Y.Doc, settled: () => void): () => void {
  const cells = cellsOf(doc);
  let timer: ReturnType<typeof setTimeout> | null = null;
  const changed = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      settled();
    }, 300);
  };
  cells.observeDeep(changed);
  return () => {
    cells.unobserveDeep(changed);
    if (timer !== null) clearTimeout(timer);
  };
}
