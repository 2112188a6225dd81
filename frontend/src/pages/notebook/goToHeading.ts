import { focusCell, sectionOf } from "../../cells/perform";
import type { OutlineItem } from "../../outline/outline";
import type { NotebookSession } from "./session";

/** Bring a heading to the top of the window; its cell has the focus then. */
export function goToHeading(session: NotebookSession, item: Pick<OutlineItem, "cell" | "nth">): void {
  focusCell(session.cells.get(), item.cell);
  const scroll = (): void => {
    const section = sectionOf(item.cell);
    const heading = section?.querySelectorAll(".prose :is(h1, h2, h3, h4, h5, h6)")[item.nth];
    (heading ?? section)?.scrollIntoView({ block: "start" });
  };
  scroll();
  // What was skipped by content-visibility gets its true height on the way; the second call lands.
  requestAnimationFrame(scroll);
}
