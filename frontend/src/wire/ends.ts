/**
 * How finished texts begin and end. Everybody loads the runtime document on joining, so it holds only short texts;
 * the ends of longer ones are asked for when somebody sees them, many in one request, and kept. Knows no React.
 */

import { t } from "@lingui/core/macro";
import type { components } from "./types";

export type LogEnds = components["schemas"]["LogEnds"];

/** Answers with what is still kept of these logs; fails when the server cannot be reached. */
export interface EndsSource {
  readonly fetch: (ids: readonly string[]) => Promise<readonly LogEnds[]>;
  /** The same without letting go of the page, for printing. */
  readonly fetchNow: (ids: readonly string[]) => readonly LogEnds[];
}

/** The text's ends; or why there are none, in a sentence. */
export type Ends = { readonly head: string; readonly tail: string } | { readonly problem: string };

/** As many as the server answers at once. */
const AT_ONCE = 50;
/** What comes into view within this time shares a request. */
const GATHER_MS = 20;
const RETRY_MS = 5000;

/** Beyond this many, the ends of texts that nobody shows any more are let go. */
const KEPT = 500;

const GONE: Ends = { problem: t`This text is no longer kept. Run the cell again to see it.` };
const AWAY: Ends = { problem: t`This text could not be loaded. It shows once the connection is back.` };

export class EndsStore {
  readonly #source: EndsSource;
  readonly #known = new Map<string, Ends>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(source: EndsSource) {
    this.#source = source;
  }

  /** What is known; the same object until it changes. */
  get(id: string): Ends | null {
    return this.#known.get(id) ?? null;
  }

  subscribe(id: string, listener: () => void): () => void {
    const set = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size > 0 || this.#listeners.get(id) !== set) return;
      this.#listeners.delete(id);
      if (this.#known.size > KEPT) this.#known.delete(id);
    };
  }

  /** Somebody sees this text. */
  want(id: string): void {
    if (this.#known.has(id) || this.#asked.has(id)) return;
    this.#wanted.add(id);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, GATHER_MS);
  }

  /** The ends are known already, because the text grew before somebody's eyes. */
  put(id: string, ends: Ends): void {
    this.#wanted.delete(id);
    this.#set(id, ends);
  }

  /** The connection is back: ask again for what could not be had. */
  retry(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    for (const [id, ends] of [...this.#known]) {
      if (ends !== AWAY) continue;
      if (this.#listeners.has(id)) this.#wanted.add(id);
      else this.#known.delete(id);
    }
    this.#ask(); // what is said instead of them stands until they come
  }

  /** Everything that stands on the page is wanted at once: it is about to be printed. */
  loadNow(): void {
    const missing = [...this.#listeners.keys()].filter((id) => !("head" in (this.#known.get(id) ?? {})));
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      const ids = missing.slice(from, from + AT_ONCE);
      try {
        this.#take(ids, this.#source.fetchNow(ids));
      } catch {
        for (const id of ids) this.#set(id, AWAY);
      }
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#wanted.clear();
    this.#listeners.clear();
  }

  #ask(): void {
    const all = [...this.#wanted];
    this.#wanted.clear();
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const ids = all.slice(from, from + AT_ONCE);
      for (const id of ids) this.#asked.add(id);
      this.#source.fetch(ids).then(
        (logs) => this.#take(ids, logs),
        () => {
          for (const id of ids) this.#set(id, AWAY);
          this.#retryTimer ??= setTimeout(() => this.retry(), RETRY_MS);
        },
      );
    }
  }

  #take(ids: readonly string[], logs: readonly LogEnds[]): void {
    const found = new Map(logs.map(({ id, head, tail }) => [id, { head, tail }]));
    for (const id of ids) this.#set(id, found.get(id) ?? GONE);
  }

  #set(id: string, ends: Ends): void {
    this.#asked.delete(id);
    this.#known.set(id, ends);
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener();
  }
}
