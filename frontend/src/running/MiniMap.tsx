import { t } from "@lingui/core/macro";
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { countRender } from "../model/counter";
import { sameList, useObserved } from "../model/use";
import type { RuntimeIndex, SourceIndex } from "../model/index";
import { marksOf, saidOf, type Mark } from "./marks";
import "./running.css";

const SETTLE_MS = 120;

export interface MiniMapProps {
  readonly source: SourceIndex;
  readonly runtime: RuntimeIndex;
  readonly goTo: (cell: string) => void;
}

/** A thin strip beside the scroll bar: which cells run, wait, failed or are stale, and where the window is. */
export const MiniMap = memo(function MiniMap({ source, runtime, goTo }: MiniMapProps) {
  countRender("MiniMap");
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | null = null;
      const later = (): void => {
        timer ??= setTimeout(() => {
          timer = null;
          listener();
        }, SETTLE_MS);
      };
      const stops = [source.subscribeOrder(later), runtime.subscribeRuns(later), runtime.subscribeQueue(later)];
      return () => {
        for (const stop of stops) stop();
        if (timer !== null) clearTimeout(timer);
      };
    },
    [source, runtime],
  );
  const marks = useObserved(subscribe, () => marksOf(source.order(), runtime), sameMarks);
  const count = source.order().length;
  const strip = useRef<HTMLButtonElement>(null);
  const view = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const scroller = document.getElementById("scroll");
    if (scroller === null) return undefined;
    const place = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      if (view.current === null) return;
      view.current.style.top = `${(scrollTop / scrollHeight) * 100}%`;
      view.current.style.height = `${(clientHeight / scrollHeight) * 100}%`;
    };
    place();
    scroller.addEventListener("scroll", place, { passive: true });
    return () => scroller.removeEventListener("scroll", place);
  }, [marks, count]);

  const urgent = useMemo(
    () => marks.find(({ state }) => state === "running") ?? marks.find(({ state }) => state === "failed"),
    [marks],
  );
  if (marks.length === 0 || count === 0) return null;
  return (
    <button
      ref={strip}
      type="button"
      className="mini-map"
      aria-label={
        urgent?.state === "running"
          ? t`Cells: ${saidOf(marks)}. Go to the running one`
          : t`Cells: ${saidOf(marks)}. Go to the first one`
      }
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        // A key presses without a place.
        const share = event.detail === 0 ? null : (event.clientY - box.top) / box.height;
        const order = source.order();
        const cell = share === null ? (urgent ?? marks[0])?.cell : nearest(marks, order, share * order.length);
        if (cell !== undefined) goTo(cell);
      }}
    >
      <span ref={view} className="mini-map-view" />
      {marks.map(({ cell, at, state }) => (
        <span
          key={cell}
          className="mini-map-mark"
          data-state={state}
          style={{ top: `${(at / count) * 100}%`, height: `max(3px, ${100 / count}%)` }}
        />
      ))}
    </button>
  );
});

const sameMarks = (a: readonly Mark[], b: readonly Mark[]): boolean =>
  sameList(
    a.map(({ cell, at, state }) => `${cell} ${at} ${state}`),
    b.map(({ cell, at, state }) => `${cell} ${at} ${state}`),
  );

const NEAR_CELLS = 0.03;

/** A marked cell close to where somebody pressed, else the cell there. */
function nearest(marks: readonly Mark[], order: readonly string[], at: number): string | undefined {
  const reach = Math.max(1, order.length * NEAR_CELLS);
  const close = marks
    .map((mark) => ({ mark, away: Math.abs(mark.at + 0.5 - at) }))
    .filter(({ away }) => away <= reach)
    .sort((a, b) => a.away - b.away)[0];
  return close?.mark.cell ?? order[Math.min(order.length - 1, Math.max(0, Math.floor(at)))];
}
