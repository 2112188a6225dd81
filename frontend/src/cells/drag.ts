/**
 * Moving cells by hand: with a pointer from their handle, or lifted with a key and moved by the arrows. A line shows
 * where they would come down; nothing is changed before that, and Escape leaves all as it was. Works on the DOM
 * alone, so that no cell is drawn anew while something is in the air.
 */

import { plural, t } from "@lingui/core/macro";
import type { Cells } from "./CellsContext";
import { focusCell, sectionOf } from "./perform";

const EDGE_PX = 56;
const FASTEST_PX = 18;
/** A click that trembles moves nothing. */
const STILL_PX = 5;

/** Where cells come down: below this one, or at the top. */
export type Place = string | null;

/** The places that would change something, from the top down; `moving` in their order. */
export function placesFor(order: readonly string[], moving: readonly string[]): Place[] {
  const moved = new Set(moving);
  const rest = order.filter((id) => !moved.has(id));
  return [null, ...rest];
}

/** Where the cells stand now, as a place among the others. */
export function placeNow(order: readonly string[], moving: readonly string[]): Place {
  const moved = new Set(moving);
  const first = order.findIndex((id) => moved.has(id));
  return order.slice(0, Math.max(0, first)).findLast((id) => !moved.has(id)) ?? null;
}

/** The place nearest to a pointer over the cell `over`, in its upper or lower half. */
export function placeAt(order: readonly string[], moving: readonly string[], over: string, isBelow: boolean): Place {
  const moved = new Set(moving);
  const at = order.indexOf(over);
  const until = isBelow && !moved.has(over) ? at + 1 : at;
  return order.slice(0, until).findLast((id) => !moved.has(id)) ?? null;
}

/** How fast to scroll with the pointer so near to an edge; negative is up. */
export function scrollStep(y: number, top: number, bottom: number): number {
  const near = (gap: number): number => Math.min(1, Math.max(0, 1 - gap / EDGE_PX));
  return Math.round(FASTEST_PX * (near(bottom - y) - near(y - top)));
}

class Lift {
  readonly #cells: Cells;
  readonly #ids: readonly string[];
  readonly #mark = document.createElement("div");
  place: Place;

  constructor(cells: Cells, ids: readonly string[]) {
    this.#cells = cells;
    this.#ids = ids;
    this.place = placeNow(cells.source.order(), ids);
    this.#mark.className = "cell-drop";
    this.#mark.setAttribute("aria-hidden", "true");
    for (const id of ids) sectionOf(id)?.setAttribute("data-lifted", "");
    sectionOf(ids[0] ?? "")?.parentElement?.append(this.#mark);
    this.show(this.place);
  }

  show(place: Place): void {
    this.place = place;
    const order = this.#cells.source.order();
    const section = sectionOf(place ?? order[0] ?? "");
    if (section === null) return;
    const top = place === null ? section.offsetTop : section.offsetTop + section.offsetHeight;
    this.#mark.style.top = `${top - 8}px`;
  }

  words(): string {
    const what = plural(this.#ids.length, { one: "Cell", other: "# cells" });
    const places = placesFor(this.#cells.source.order(), this.#ids);
    return t`${what} at place ${places.indexOf(this.place) + 1} of ${places.length}`;
  }

  put(): void {
    this.#clear();
    const order = this.#cells.source.order();
    const ids = order.filter((id) => this.#ids.includes(id));
    // Somebody took away the cell below which they were to stand.
    if (ids.length === 0 || (this.place !== null && !order.includes(this.place))) return;
    const words = this.words();
    if (this.place !== placeNow(order, ids) || !areNeighbours(order, ids)) {
      this.#cells.actions.place(ids, this.place);
      this.#cells.commands.say(t`Moved. ${words}`);
    }
  }

  cancel(): void {
    this.#clear();
    this.#cells.commands.say(t`Not moved`);
  }

  #clear(): void {
    this.#mark.remove();
    for (const id of this.#ids) sectionOf(id)?.removeAttribute("data-lifted");
  }
}

function areNeighbours(order: readonly string[], ids: readonly string[]): boolean {
  const first = order.indexOf(ids[0] ?? "");
  return ids.every((id, index) => order[first + index] === id);
}

/** The cell, or all that are selected with it. */
function liftedWith(cells: Cells, id: string): string[] {
  const { selected } = cells.view.getState();
  return selected.size > 1 && selected.has(id) ? cells.source.order().filter((one) => selected.has(one)) : [id];
}

/** Follow a pointer that went down on the handle of a cell. */
export function dragFrom(
  cells: Cells,
  id: string,
  down: { clientX: number; clientY: number; pointerId: number },
): void {
  const scroller = document.getElementById("scroll");
  if (scroller === null) return;
  let lift: Lift | null = null;
  let pointer = { x: down.clientX, y: down.clientY };
  let frame = 0;

  const look = (): void => {
    if (lift === null) return;
    const box = scroller.getBoundingClientRect();
    const list = scroller.querySelector(".cell-list")?.getBoundingClientRect() ?? box;
    const y = Math.min(box.bottom - 2, Math.max(box.top + 2, pointer.y));
    const over = document
      .elementsFromPoint(list.left + Math.min(120, list.width / 2), y)
      .map((element) => element.closest<HTMLElement>("[data-cell]"))
      .find((element) => element !== null);
    const order = cells.source.order();
    if (over?.dataset["cell"] !== undefined) {
      const { top, height } = over.getBoundingClientRect();
      lift.show(placeAt(order, liftedWith(cells, id), over.dataset["cell"], y > top + height / 2));
    } else {
      const first = sectionOf(order[0] ?? "")?.getBoundingClientRect().top ?? 0;
      const moving = liftedWith(cells, id);
      lift.show(y < first ? null : (order.findLast((one) => !moving.includes(one)) ?? null));
    }
    const step = scrollStep(pointer.y, box.top, box.bottom);
    if (step !== 0) {
      scroller.scrollBy({ top: step });
      frame = requestAnimationFrame(look);
    }
  };
  const onMove = (event: PointerEvent): void => {
    if (event.pointerId !== down.pointerId) return;
    pointer = { x: event.clientX, y: event.clientY };
    const isFar = Math.hypot(pointer.x - down.clientX, pointer.y - down.clientY) > STILL_PX;
    if (lift === null && isFar) {
      lift = new Lift(cells, liftedWith(cells, id));
      document.documentElement.setAttribute("data-dragging", "");
    }
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(look);
  };
  const end = (how: "put" | "cancel"): void => {
    cancelAnimationFrame(frame);
    document.documentElement.removeAttribute("data-dragging");
    for (const [name, listener] of listeners) window.removeEventListener(name, listener, { capture: true });
    lift?.[how]();
    if (lift !== null) requestAnimationFrame(() => focusCell(cells, id));
    lift = null;
  };
  const listeners: [string, EventListener][] = [
    ["pointermove", (event) => onMove(event as PointerEvent)],
    ["pointerup", (event) => end((event as PointerEvent).pointerId === down.pointerId ? "put" : "cancel")],
    ["pointercancel", () => end("cancel")],
    [
      "keydown",
      (event) => {
        if (!(event instanceof KeyboardEvent) || event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        end("cancel");
      },
    ],
  ];
  // Before the notebook's own keys, which the arrows and Escape are too.
  for (const [name, listener] of listeners) window.addEventListener(name, listener, { capture: true });
}

/** Lift a cell with a key: the arrows move the line, Enter or Space puts it down, Escape does not. */
export function liftWithKeys(cells: Cells, id: string, handle: HTMLElement): void {
  const lift = new Lift(cells, liftedWith(cells, id));
  cells.commands.say(t`Lifted. ${lift.words()}. The arrow keys move it, Enter puts it down, Escape cancels.`);
  const end = (how: "put" | "cancel"): void => {
    window.removeEventListener("keydown", onKeyDown, { capture: true });
    handle.removeEventListener("blur", onBlur);
    lift[how]();
    requestAnimationFrame(() => focusCell(cells, id));
  };
  const onBlur = (): void => end("cancel");
  const onKeyDown = (event: KeyboardEvent): void => {
    const places = placesFor(cells.source.order(), liftedWith(cells, id));
    const at = places.indexOf(lift.place);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: places.length - 1 }[event.key];
    if (to !== undefined) {
      const place = places[Math.max(0, Math.min(places.length - 1, to))] ?? null;
      lift.show(place);
      sectionOf(place ?? cells.source.order()[0] ?? "")?.scrollIntoView({ block: "nearest" });
      cells.commands.say(lift.words());
    } else if (event.key === "Enter" || event.key === " ") end("put");
    else if (event.key === "Escape") end("cancel");
    else if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", onKeyDown, { capture: true });
  handle.addEventListener("blur", onBlur);
}
