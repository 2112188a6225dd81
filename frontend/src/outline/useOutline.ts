import { useCallback, useMemo } from "react";
import { useObserved } from "../model/use";
import { outlineOf, sameOutline, type Documents, type OutlineItem } from "./outline";

const SETTLE_MS = 250;

/** The outline as it is now; typing reaches it a moment later. */
export function useOutline(cells: Documents): readonly OutlineItem[] {
  // Reading all texts on each of React's looks would be too much: once for each settled change.
  const kept = useMemo(() => ({ items: outlineOf(cells) }), [cells]);
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | null = null;
      const later = (): void => {
        timer ??= setTimeout(() => {
          timer = null;
          kept.items = outlineOf(cells);
          listener();
        }, SETTLE_MS);
      };
      cells.doc.on("update", later);
      const stopRuns = cells.runtime.subscribeRuns(later);
      return () => {
        cells.doc.off("update", later);
        stopRuns();
        if (timer !== null) clearTimeout(timer);
      };
    },
    [cells, kept],
  );
  return useObserved(subscribe, () => kept.items, sameOutline);
}
