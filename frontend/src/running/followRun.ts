/** Following the run: the window goes where the kernel is, until this person scrolls or types. */

import { Store, type Readable } from "../wire/store";

const ENDS = ["wheel", "touchmove", "keydown"] as const;

export class FollowRun {
  readonly #goTo: (cell: string) => void;
  readonly #isOn = new Store(false);
  #running: string | null = null;

  constructor(goTo: (cell: string) => void) {
    this.#goTo = goTo;
  }

  get isOn(): Readable<boolean> {
    return this.#isOn;
  }

  begin(): void {
    if (this.#isOn.get()) return;
    this.#isOn.set(true);
    for (const type of ENDS) document.addEventListener(type, this.#end, { capture: true, passive: true });
    if (this.#running !== null) this.#goTo(this.#running);
  }

  /** Hears which cell runs now. Between two cells of a run nothing does for a moment. */
  runs(cell: string | null): void {
    if (cell === this.#running) return;
    this.#running = cell;
    if (cell !== null && this.#isOn.get()) this.#goTo(cell);
  }

  readonly end = (): void => {
    for (const type of ENDS) document.removeEventListener(type, this.#end, { capture: true });
    this.#isOn.set(false);
  };

  readonly #end = (event: Event): void => {
    // Holding Ctrl for a shortcut moves nothing.
    if (event instanceof KeyboardEvent && ["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
    this.end();
  };
}
