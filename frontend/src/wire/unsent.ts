/**
 * Edits without a connection, kept in the browser's storage so that closing the page does not lose them. Every page
 * keeps its own: two windows of one person, both offline, must not overwrite each other.
 */

import { randomName } from "./randomName";

/** The part of `Storage` that is used. */
export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export interface Unsent {
  readonly epoch: string;
  /** The client ids under which the edits were made. */
  readonly clients: readonly number[];
  /** The text of each edited cell, for a draft when the history has changed meanwhile. */
  readonly cells: Readonly<Record<string, string>>;
  /** The whole source document as one update. */
  readonly state: Uint8Array;
}

/** What one page keeps of a notebook, and what earlier pages left. */
export class Kept {
  readonly #keep: Keep;
  readonly #prefix: string;
  readonly #own: string;
  /** What holds nothing that is not saved, once everything is. */
  readonly #used = new Set<string>();

  constructor(keep: Keep, notebook: string, page: string = randomName()) {
    this.#keep = keep;
    this.#prefix = `commonbook:unsent:${notebook}`;
    this.#own = `${this.#prefix}:${page}`;
  }

  put(unsent: Unsent): void {
    try {
      this.#keep.setItem(this.#own, JSON.stringify({ ...unsent, state: toBase64(unsent.state) }));
      this.#used.add(this.#own);
    } catch {
      // The storage is full or forbidden: the edits still live in this page, and the label says how many.
    }
  }

  /** What earlier pages could not send. It stays in the storage until `forget`. */
  takeUp(): Unsent[] {
    try {
      const found: Unsent[] = [];
      for (const key of this.#keys()) {
        const unsent = parse(this.#keep.getItem(key));
        if (unsent !== null) found.push(unsent);
        this.#used.add(key);
      }
      return found;
    } catch {
      return []; // forbidden storage holds nothing
    }
  }

  /** Everything is saved: nothing needs to be kept. */
  forget(): void {
    try {
      for (const key of this.#used) this.#keep.removeItem(key);
    } catch {
      // Forbidden storage holds nothing to forget.
    }
    this.#used.clear();
  }

  #keys(): string[] {
    const keys = Array.from({ length: this.#keep.length }, (_, index) => this.#keep.key(index));
    return keys.filter((key): key is string => key === this.#prefix || key?.startsWith(`${this.#prefix}:`) === true);
  }
}

/** Null for what another version wrote, or for what is damaged. */
function parse(text: string | null): Unsent | null {
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as { epoch: unknown; clients: unknown; cells: unknown; state: unknown };
    const { epoch, clients, cells, state } = value;
    if (typeof epoch !== "string" || typeof state !== "string" || !Array.isArray(clients)) return null;
    const ids = clients.filter((id): id is number => typeof id === "number");
    if (typeof cells !== "object" || cells === null) return null;
    return { epoch, clients: ids, cells: cells as Record<string, string>, state: fromBase64(state) };
  } catch {
    return null;
  }
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
