/**
 * When the text that somebody types into goes away under their hands (a colleague deletes the cell, the right to edit
 * is taken, another person answers the question), the next keys are still meant for it. Until the hands pause, none
 * of them may act on the cell that got the focus instead. Pure.
 */

const PAUSE_MS = 1500;
/** Keys of somebody who has looked up and goes on from here. */
const AWARE = new Set(["Escape", "Tab", "ArrowUp", "ArrowDown"]);

export class LostText {
  #until = 0;

  /** The text that had the caret is gone. */
  lost(now: number): void {
    this.#until = now + PAUSE_MS;
  }

  /** Whether this key is one of those still meant for the lost text. */
  takes(key: string, now: number): boolean {
    if (now >= this.#until) return false;
    this.#until = AWARE.has(key) ? 0 : now + PAUSE_MS;
    return this.#until > 0;
  }
}
