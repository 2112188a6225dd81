import { plural, t } from "@lingui/core/macro";
import { useCallback } from "react";
import type * as Y from "yjs";
import { useObserved } from "../model/use";
import { useCells } from "./CellsContext";
import { toggleFolds } from "./folds";

/** In place of code that is folded away: its first line. */
export function FoldedCode({ id, source, isActive }: { id: string; source: Y.Text; isActive: boolean }) {
  const { view } = useCells();
  const subscribe = useCallback(
    (listener: () => void) => {
      source.observe(listener);
      return () => source.unobserve(listener);
    },
    [source],
  );
  const text = useObserved(subscribe, () => source.toJSON());
  const lines = text.trim() === "" ? 0 : text.split("\n").length;
  const [first = ""] = text.trimStart().split("\n");
  return (
    <button
      type="button"
      className="code-folded"
      tabIndex={isActive ? 0 : -1}
      aria-label={t`Code folded, ${lines} ${plural(lines, { one: "line", other: "lines" })}. Show it`}
      onClick={() => toggleFolds(view, "foldedCode", [id])}
    >
      <code>{first === "" ? t`Empty` : first}</code>
      <span>{lines > 1 ? t`${lines} lines` : ""}</span>
    </button>
  );
}
