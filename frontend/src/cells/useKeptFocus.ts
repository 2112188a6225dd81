import { useLayoutEffect, useRef, type FocusEvent } from "react";
import { cellMap, cellsOf, isDeletedBy } from "../model/cells";
import { useCells } from "./CellsContext";
import { sectionOf } from "./perform";
import { activate, settle } from "./ui";

interface Held {
  readonly cell: string;
  /** The caret was in a text, not the focus on a cell or a button. */
  readonly typing: boolean;
}

/**
 * Keeps selection and focus on living cells. When the cell that has the focus goes, its place in the list takes it;
 * a person who was typing in there is told, and offered the cell back.
 */
export function useKeptFocus(order: readonly string[]): {
  onFocus: (event: FocusEvent) => void;
  onBlur: (event: FocusEvent) => void;
} {
  const cells = useCells();
  const before = useRef(order);
  const held = useRef<Held | null>(null);

  useLayoutEffect(() => {
    settle(cells.view, before.current, order);
    before.current = order;
    const gone = held.current;
    if (gone === null || order.includes(gone.cell) || document.activeElement !== document.body) return;
    held.current = null;
    const { active } = cells.view.getState();
    const place = (active === null ? null : sectionOf(active)) ?? document.getElementById("scroll");
    place?.focus({ preventScroll: true });
    const cell = cellMap(cellsOf(cells.doc), gone.cell);
    if (!gone.typing || (cell !== null && isDeletedBy(cell, cells.doc.clientID))) return;
    cells.lostText.lost(performance.now());
    cells.commands.lostCell(gone.cell);
  }, [cells, order]);

  return {
    // One tab stop for the whole list: whatever gets the focus becomes the active cell.
    onFocus: ({ target }) => {
      const cell = target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
      held.current = cell === undefined ? null : { cell, typing: target.matches(".cm-content, input, textarea") };
      // Who takes the handle of a selected cell moves all that are selected.
      const keeps = target.matches(".cell-handle") && cells.view.getState().selected.has(cell ?? "");
      if (cell !== undefined && !keeps) activate(cells.view, cell);
    },
    // React is deaf while it removes what had the focus, so this hears only of people who went elsewhere.
    onBlur: () => {
      held.current = null;
    },
  };
}
