/** The comments of an open notebook: what is said, what of it is new, and what this person is about to say. */

import type * as Y from "yjs";
import { Store, type Readable } from "../wire/store";
import { lastOf, threadsOf, unreadIn, type CommentThread } from "./threads";

/** A thread that is about to begin. */
export interface CommentDraft {
  readonly cell: string;
  readonly range: { readonly quote: string; readonly start: number } | null;
}

export interface CellSummary {
  readonly open: number;
  readonly unread: number;
}

const NOTHING: CellSummary = { open: 0, unread: 0 };

/** Reads and notes, on the server, up to when this person has read. */
export interface Reading {
  readonly get: () => Promise<number | null>;
  readonly put: (at: number) => Promise<void>;
}

export class CommentStore {
  readonly #threads = new Store<readonly CommentThread[]>([]);
  readonly #seenAt = new Store<number | null>(null);
  readonly #cells = new Map<string, Store<CellSummary>>();
  readonly #reading: Reading;
  #doc: Y.Doc | null = null;
  #me: string | null = null;
  #asked = false;
  #scheduled = false;

  /** The thread that somebody goes to, until it is shown. */
  readonly wanted = new Store<string | null>(null);
  readonly draft = new Store<CommentDraft | null>(null);
  /** Texts that are being written, by the thread or message they are for: closing the panel loses none. */
  readonly texts = new Map<string, string>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  get threads(): Readable<readonly CommentThread[]> {
    return this.#threads;
  }

  /** Null until the server has told. */
  get seenAt(): Readable<number | null> {
    return this.#seenAt;
  }

  get me(): string | null {
    return this.#me;
  }

  /** Follow another document from now on. */
  bind(doc: Y.Doc): void {
    this.#doc?.getMap("threads").unobserveDeep(this.#changed);
    this.#doc = doc;
    doc.getMap("threads").observeDeep(this.#changed);
    this.#read();
  }

  setMe(id: string | null): void {
    if (this.#me === id) return;
    this.#me = id;
    if (id !== null && !this.#asked) {
      this.#asked = true;
      this.#reading.get().then(
        (at) => {
          this.#seenAt.set(Math.max(at ?? 0, this.#seenAt.get() ?? 0));
          this.#count();
        },
        () => (this.#asked = false), // then nothing counts as new
      );
    }
    this.#count();
  }

  inCell(cell: string): Readable<CellSummary> {
    let store = this.#cells.get(cell);
    if (store === undefined) {
      store = new Store(this.#summary(cell));
      this.#cells.set(cell, store);
    }
    return store;
  }

  /** All that is here has been read now. */
  markRead(): void {
    const last = Math.max(0, ...this.#threads.get().map(lastOf));
    const before = this.#seenAt.get();
    if (before === null || last <= before) return;
    this.#seenAt.set(last);
    this.#count();
    this.#reading.put(last).catch(() => undefined); // it is new again after a reload, no more
  }

  close(): void {
    this.#doc?.getMap("threads").unobserveDeep(this.#changed);
    this.#doc = null;
  }

  readonly #changed = (): void => {
    // An update brings several events; they are read once.
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#read();
    });
  };

  #read(): void {
    if (this.#doc === null) return;
    this.#threads.set(threadsOf(this.#doc));
    this.#count();
  }

  #count(): void {
    for (const [cell, store] of this.#cells) {
      const now = this.#summary(cell);
      const before = store.get();
      if (now.open !== before.open || now.unread !== before.unread) store.set(now);
    }
  }

  #summary(cell: string): CellSummary {
    const threads = this.#threads.get().filter((thread) => thread.cell === cell && thread.resolvedBy === null);
    if (threads.length === 0) return NOTHING;
    const seenAt = this.#seenAt.get() ?? Number.POSITIVE_INFINITY;
    return {
      open: threads.reduce((sum, thread) => sum + thread.messages.filter((one) => !one.isDeleted).length, 0),
      unread: threads.reduce((sum, thread) => sum + unreadIn(thread, seenAt, this.#me).length, 0),
    };
  }
}
