/** An output that is drawn bit by bit: until it is whole it takes the room that it took when it was last seen. */
import { useLayoutEffect, useRef, type ReactElement, type ReactNode } from "react";
import type { Size } from "./expected";
import { heightOf, putHeight } from "./heights";

const REST_MS = 300;
const MOST_LOOKS = 40;
/** What a column has beside its outputs. */
const BESIDE_PX = 80;

/** Whether something in there has yet to come. */
const isWaiting = (element: HTMLElement): boolean =>
  element.querySelector("[data-waiting]") !== null ||
  [...element.querySelectorAll("img")].some((image) => !image.complete);

/** Asked of the page once a frame: many outputs are made at once, and each answer lays the page out. */
let asked: number | null = null;
function widthOf(column: HTMLElement): number {
  if (asked === null) {
    asked = column.clientWidth;
    requestAnimationFrame(() => (asked = null));
  }
  return asked;
}

const within = (size: Size | null, width: number): number | undefined =>
  size === null ? undefined : Math.round(size.height * Math.min(1, width / (size.width ?? width)));

export function Settling({
  notebook,
  output,
  expected,
  children,
}: {
  notebook: string;
  output: string;
  /** What the document tells, for one that was not seen yet. */
  expected: Size | null;
  children: ReactNode;
}): ReactElement {
  const room = useRef<HTMLDivElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [outer, inner] = [room.current, inside.current];
    const column = outer?.closest<HTMLElement>(".cell-list");
    if (outer === null || inner === null || column == null || typeof ResizeObserver === "undefined") return undefined;
    const width = widthOf(column);
    const height = heightOf(notebook, output, width) ?? within(expected, width - BESIDE_PX);
    if (height !== undefined) outer.style.minHeight = `${height}px`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looks = 0;
    const look = (): void => {
      looks += 1;
      if (inner.offsetHeight === 0) return; // its first size calls again
      if (isWaiting(inner)) {
        if (looks < MOST_LOOKS) timer = setTimeout(look, REST_MS);
        return;
      }
      outer.style.minHeight = "";
      putHeight(notebook, output, column.clientWidth, inner.offsetHeight);
    };
    const observer = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(look, REST_MS);
    });
    observer.observe(inner);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
    // What is expected is asked for once: while it is drawn its room is there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [notebook, output]);
  return (
    <div ref={room} className="output-display">
      <div ref={inside}>{children}</div>
    </div>
  );
}
