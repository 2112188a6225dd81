import { focusCell, sectionOf } from "../../cells/perform";
import type { OutlineItem } from "../../outline/outline";
import type { NotebookSession } from "./session";

/** So many frames a heading is waited for, and so many it is held: what is above gets its true height meanwhile. */
const MOST_FRAMES = 180;
const HELD_FRAMES = 30;
const HANDS = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

/** Bring a heading to the top of the window; its cell has the focus then. */
export function goToHeading(session: NotebookSession, item: Pick<OutlineItem, "cell" | "nth">): void {
  focusCell(session.cells.get(), item.cell);
  let left = MOST_FRAMES;
  const stop = (): void => {
    left = 0;
    for (const each of HANDS) window.removeEventListener(each, stop);
  };
  const scroll = (): void => {
    if (left <= 0) {
      stop();
      return;
    }
    const section = sectionOf(item.cell);
    const heading = section?.querySelectorAll(".prose :is(h1, h2, h3, h4, h5, h6)")[item.nth];
    (heading ?? section)?.scrollIntoView({ block: "start" });
    left = heading === undefined ? left - 1 : Math.min(left - 1, HELD_FRAMES);
    requestAnimationFrame(scroll);
  };
  scroll();
  // Whoever scrolls or types meanwhile has the say. The press that led here is over by then.
  setTimeout(() => {
    for (const each of HANDS) if (left > 0) window.addEventListener(each, stop, { passive: true });
  });
}
