import { useEffect } from "react";
import { useCells, useView } from "./CellsContext";
import { hiddenBy, observeTexts, rankedCells } from "./folds";
import { focusCell, sectionOf } from "./perform";
import { activate } from "./ui";

/** The cells that folded sections hide, each with the heading that does. Costs nothing while none is folded. */
export function useHidden(order: readonly string[]): ReadonlyMap<string, string> {
  const cells = useCells();
  const folded = useView((state) => state.foldedSections);
  useEffect(() => {
    const { view } = cells;
    const look = (): void => {
      const next = folded.size === 0 ? new Map<string, string>() : hiddenBy(rankedCells(cells), folded);
      const { active, hidden } = view.getState();
      if (!sameMap(hidden, next)) view.setState({ hidden: next });
      const heading = active === null ? undefined : next.get(active);
      if (heading === undefined) return;
      // What folded away had the focus, or would be the next to have it.
      if (sectionOf(active ?? "")?.contains(document.activeElement) === true) focusCell(cells, heading);
      else activate(view, heading);
    };
    look();
    return folded.size === 0 ? undefined : observeTexts(cells.doc, look);
  }, [cells, folded, order]);
  return useView((state) => state.hidden);
}

const sameMap = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([id, by]) => b.get(id) === by);
