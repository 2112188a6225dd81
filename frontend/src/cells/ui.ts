/** What is selected, edited and folded on this page: this person's view, which nobody else sees. */

import { createStore, type StoreApi } from "zustand/vanilla";
import { stretch } from "../model/cells";

export interface CellsView {
  readonly active: string | null;
  /** The other end of the selection; the active cell when only that is selected. */
  readonly anchor: string | null;
  readonly selected: ReadonlySet<string>;
  /** The text cell that shows its editor. */
  readonly editing: string | null;
  /** Whether what is written shows beside the editor of a text cell. */
  readonly preview: boolean;
  readonly hovered: string | null;
  /** Cells whose output is folded away. */
  readonly folded: ReadonlySet<string>;
  /** The inputs that show their code, not their form. */
  readonly coded: ReadonlySet<string>;
  readonly foldedCode: ReadonlySet<string>;
  /** Headings whose section is folded away, by cell. */
  readonly foldedSections: ReadonlySet<string>;
  /** What folded sections hide, each with its heading: the keys pass it by. */
  readonly hidden: ReadonlyMap<string, string>;
}

export type CellsViewStore = StoreApi<CellsView>;

export function createView(): CellsViewStore {
  return createStore<CellsView>(() => ({
    active: null,
    anchor: null,
    selected: new Set(),
    editing: null,
    preview: true,
    hovered: null,
    folded: new Set(),
    coded: new Set(),
    foldedCode: new Set(),
    foldedSections: new Set(),
    hidden: new Map(),
  }));
}

export function activate(view: CellsViewStore, id: string): void {
  const { active, selected } = view.getState();
  if (active === id && selected.size === 1) return;
  view.setState({ active: id, anchor: id, selected: new Set([id]) });
}

export function extendTo(view: CellsViewStore, order: readonly string[], id: string): void {
  const anchor = view.getState().anchor ?? id;
  view.setState({ active: id, anchor, selected: new Set(stretch(order, anchor, id)) });
}

/** Keep the selection on living cells; `before` is the order when they were all alive. */
export function settle(view: CellsViewStore, before: readonly string[], order: readonly string[]): void {
  const { active, selected } = view.getState();
  if (active === null || order.includes(active)) {
    if ([...selected].every((id) => order.includes(id))) return;
    view.setState({ selected: new Set([...selected].filter((id) => order.includes(id))) });
    return;
  }
  const alive = new Set(order);
  const place = before.indexOf(active);
  const next =
    before.slice(place).find((id) => alive.has(id)) ??
    before.slice(0, Math.max(0, place)).findLast((id) => alive.has(id)) ??
    null;
  view.setState({ active: next, anchor: next, selected: new Set(next === null ? [] : [next]) });
}

/** Show an input's code, or its form again. */
export function showCode(view: CellsViewStore, id: string, isShown: boolean): void {
  const { coded } = view.getState();
  if (coded.has(id) === isShown) return;
  view.setState({ coded: isShown ? new Set([...coded, id]) : new Set([...coded].filter((one) => one !== id)) });
}
