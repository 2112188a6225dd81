import { plural, t } from "@lingui/core/macro";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useCells, useView } from "./CellsContext";
import { rankedCells, sectionUnder, toggleFolds } from "./folds";

/** Beside a heading: fold away what is below it, down to the next of its rank. */
export function SectionFold({ id, isActive }: { id: string; isActive: boolean }) {
  const cells = useCells();
  const isFolded = useView((state) => state.foldedSections.has(id));
  const Icon = isFolded ? ChevronRight : ChevronDown;
  return (
    <button
      type="button"
      className="section-fold"
      data-folded={isFolded || undefined}
      tabIndex={isActive ? 0 : -1}
      aria-expanded={!isFolded}
      aria-label={isFolded ? t`Unfold this section` : t`Fold this section`}
      onClick={() => toggleFolds(cells.view, "foldedSections", [id])}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}

/** Below a folded heading: how much is not shown. */
export function SectionRest({ id, isActive }: { id: string; isActive: boolean }) {
  const cells = useCells();
  const count = useView((state) => (state.foldedSections.has(id) ? state.hidden.size : 0));
  if (count === 0) return null;
  const inside = sectionUnder(rankedCells(cells), id).length;
  if (inside === 0) return null;
  return (
    <button
      type="button"
      className="cell-unfold"
      tabIndex={isActive ? 0 : -1}
      onClick={() => toggleFolds(cells.view, "foldedSections", [id])}
    >
      {plural(inside, { one: "# cell folded. Show it", other: "# cells folded. Show them" })}
    </button>
  );
}
