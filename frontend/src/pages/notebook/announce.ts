/** What is said to screen readers: politely, and one message a second at most. */

import { Store, type Readable } from "../../wire/store";

const EVERY_MS = 1000;
const MOST_WAITING = 3;

export class Announcer {
  readonly #said = new Store("");
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  get said(): Readable<string> {
    return this.#said;
  }

  say(text: string): void {
    this.#waiting = [...this.#waiting, text].slice(-MOST_WAITING);
    if (this.#timer === null) this.#next();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #next(): void {
    const text = this.#waiting.shift();
    if (text === undefined) {
      this.#timer = null;
      return;
    }
    // The same sentence twice is said twice only if the text differs.
    this.#said.set(text === this.#said.get() ? `${text}\u00a0` : text);
    this.#timer = setTimeout(() => this.#next(), EVERY_MS);
  }
}
