/** When an edit has waited long enough to say so, and when the server has been silent for too long. */

import type { Writes } from "./writes";

const SAVING_AFTER_MS = 400;
const SILENT_AFTER_MS = 20_000;

type Timer = ReturnType<typeof setTimeout>;

export class SavingClock {
  readonly #onLater: () => void;
  readonly #onSilent: () => void;
  #later: Timer | null = null;
  #silent: Timer | null = null;

  /** `onLater` asks for another look; `onSilent` says that a sent edit was never acknowledged. */
  constructor(onLater: () => void, onSilent: () => void) {
    this.#onLater = onLater;
    this.#onSilent = onSilent;
  }

  /** What to say of the edits that wait now. */
  look(connected: boolean, writes: Writes): { saving: boolean; unsent: number } {
    this.stop();
    const { oldest } = writes;
    if (!connected || oldest === null) return { saving: false, unsent: connected ? 0 : writes.count };
    const age = Date.now() - oldest;
    if (age < SAVING_AFTER_MS) this.#later = setTimeout(this.#onLater, SAVING_AFTER_MS - age);
    const waiting = Date.now() - (writes.oldestSent ?? Date.now());
    this.#silent = setTimeout(this.#onSilent, Math.max(0, SILENT_AFTER_MS - waiting));
    return { saving: age >= SAVING_AFTER_MS, unsent: 0 };
  }

  stop(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    if (this.#silent !== null) clearTimeout(this.#silent);
    this.#later = this.#silent = null;
  }
}
