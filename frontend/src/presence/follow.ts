/** Following somebody: the window goes where they are, until this person scrolls, types or presses Escape. */

import { Store, type Readable } from "../wire/store";
import type { Here, PresenceRoom } from "./room";

const ENDS = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

export class Follow {
  readonly #room: PresenceRoom;
  readonly #goTo: (cell: string) => void;
  readonly #following = new Store<Here | null>(null);
  #lastPicked: string | null = null;
  #stop: (() => void) | null = null;

  constructor(room: PresenceRoom, goTo: (cell: string) => void) {
    this.#room = room;
    this.#goTo = goTo;
  }

  get following(): Readable<Here | null> {
    return this.#following;
  }

  /** A click on an avatar: first go there, then follow, then stop. */
  pick(here: Here): void {
    const id = here.person.id;
    if (this.#following.get()?.person.id === id) {
      this.end();
      return;
    }
    this.end();
    this.#visit(here);
    if (this.#lastPicked === id) this.#begin(here);
    this.#lastPicked = id;
  }

  end(): void {
    this.#stop?.();
    this.#stop = null;
    this.#following.set(null);
  }

  #begin(here: Here): void {
    const id = here.person.id;
    this.#following.set(here);
    let place = placeOf(here);
    const stopListening = this.#room.people.subscribe(() => {
      const now = this.#room.people.get().find((one) => one.person.id === id);
      if (now === undefined) {
        this.end();
        return;
      }
      if (placeOf(now) === place) return;
      place = placeOf(now);
      this.#following.set(now);
      this.#visit(now);
    });
    const end = (event: Event): void => {
      // Pressing an avatar decides by itself; Escape ends it there too.
      const pressed =
        event.type === "pointerdown" ||
        (event instanceof KeyboardEvent && (event.key === "Enter" || event.key === " "));
      if (pressed && event.target instanceof Element && event.target.closest(".avatars") !== null) return;
      this.#lastPicked = null;
      this.end();
    };
    for (const type of ENDS) document.addEventListener(type, end, { capture: true, passive: true });
    this.#stop = () => {
      stopListening();
      for (const type of ENDS) document.removeEventListener(type, end, { capture: true });
    };
  }

  #visit(here: Here): void {
    const place = placeOf(here);
    if (place !== null) this.#goTo(place);
  }
}

const placeOf = (here: Here): string | null => here.cell ?? here.view;
