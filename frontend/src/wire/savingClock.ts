/** When an edit has waited long enough to say so, and when the server has been silent for too long. */

import type { Writes } from "./writes";

const SAVING_AFTER_MS = 400;
/** From then on the edits that wait are counted. */
const SLOW_AFTER_MS = 3_000;
const SILENT_AFTER_MS = 10_000;

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
    const { since, count } = writes;
    if (!connected || since === null) return { saving: false, unsent: connected ? 0 : count };
    const now = Date.now();
    const age = now - since;
    const waiting = now - (writes.oldestSent ?? now);
    if (age < SAVING_AFTER_MS) this.#later = setTimeout(this.#onLater, SAVING_AFTER_MS - age);
    else if (waiting < SLOW_AFTER_MS) this.#later = setTimeout(this.#onLater, SLOW_AFTER_MS - waiting);
    this.#silent = setTimeout(this.#onSilent, Math.max(0, SILENT_AFTER_MS - waiting));
    return { saving: age >= SAVING_AFTER_MS, unsent: waiting >= SLOW_AFTER_MS ? count : 0 };
  }

  stop(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    if (this.#silent !== null) clearTimeout(this.#silent);
    this.#later = this.#silent = null;
  }
}
