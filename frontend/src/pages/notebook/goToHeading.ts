import { focusCell, sectionOf } from "../../cells/perform";
import type { OutlineItem } from "../../outline/outline";
import type { NotebookSession } from "./session";

const MOST_FRAMES = 180;

/** Bring a heading to the top of the window; its cell has the focus then. */
export function goToHeading(session: NotebookSession, item: Pick<OutlineItem, "cell" | "nth">): void {
  focusCell(session.cells.get(), item.cell);
  const heading = (): Element | undefined =>
    sectionOf(item.cell)?.querySelectorAll(".prose :is(h1, h2, h3, h4, h5, h6)")[item.nth];
  let frames = MOST_FRAMES;
  const scroll = (): void => {
    const isDrawn = heading() !== undefined;
    (heading() ?? sectionOf(item.cell))?.scrollIntoView({ block: "start" });
    // The first texts wait for what draws them. What was skipped by content-visibility gets its true height on the
    // way; a last call lands.
    frames -= 1;
    if (isDrawn) requestAnimationFrame(() => heading()?.scrollIntoView({ block: "start" }));
    else if (frames > 0) requestAnimationFrame(scroll);
  };
  scroll();
}
