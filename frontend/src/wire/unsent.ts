/**
 * Edits that are not saved yet, kept in the browser's database so that closing the page does not lose them. Each is
 * kept for its account, which alone ever sees it again. Every page keeps its own: two windows of one person, both
 * offline, must not overwrite each other.
 */

import type { Draft } from "./documents";
import { randomName } from "./randomName";
import type { Shelf } from "./shelf";

export interface Unsent {
  readonly epoch: string;
  /** The client ids under which the edits were made. */
  readonly clients: readonly number[];
  /** How many there are. */
  readonly edits: number;
  /** The text of each edited cell, for a draft when the history has changed meanwhile. */
  readonly cells: Readonly<Record<string, string>>;
  /** The whole source document as one update. */
  readonly state: Uint8Array;
}

/** What one page keeps of a notebook, and what earlier pages left. */
export class Kept {
  readonly #shelf: Shelf;
  readonly #notebook: string;
  readonly #page: string;
  /** What holds nothing that is not saved, once everything is. */
  readonly #used = new Set<string>();

  constructor(shelf: Shelf, notebook: string, page: string = randomName()) {
    this.#shelf = shelf;
    this.#notebook = notebook;
    this.#page = page;
  }

  /** Given to the shelf within this call: the page may be going. */
  put(user: string, unsent: Unsent): void {
    const key = `${this.#prefix(user)}${this.#page}`;
    this.#used.add(key);
    void this.#shelf.put(key, unsent);
  }

  /** What earlier pages of this account could not send. It stays there until `forget`. */
  async takeUp(user: string): Promise<Unsent[]> {
    const found = await this.#shelf.all(this.#prefix(user));
    for (const [key] of found) this.#used.add(key);
    return found.map(([, value]) => readUnsent(value)).filter((unsent) => unsent !== null);
  }

  /** Everything is saved: nothing needs to be kept. */
  forget(): void {
    if (this.#used.size === 0) return;
    const keys = [...this.#used];
    this.#used.clear();
    void this.#shelf.remove(keys);
  }

  /** Text that was not taken, which lies here until its person lets it go. */
  putDraft(user: string, draft: Draft): void {
    void this.#shelf.put(this.#draftKey(user, draft), draft);
  }

  async drafts(user: string): Promise<Draft[]> {
    const found = await this.#shelf.all(this.#draftPrefix(user));
    return found.map(([, value]) => readDraft(value)).filter((draft) => draft !== null);
  }

  dropDraft(user: string, draft: Draft): void {
    void this.#shelf.remove([this.#draftKey(user, draft)]);
  }

  #draftPrefix(user: string): string {
    return `${user}:draft:${this.#notebook}:`;
  }

  #draftKey(user: string, draft: Draft): string {
    return `${this.#draftPrefix(user)}${draft.id}`;
  }

  #prefix(user: string): string {
    return `${user}:${this.#notebook}:`;
  }
}

/** Of an account that signs out nothing stays in this browser. */
export async function forgetAllOf(shelf: Shelf | null, user: string): Promise<void> {
  if (shelf === null) return;
  await shelf.remove((await shelf.all(`${user}:`)).map(([key]) => key));
}

/** Null for what another version wrote, or for what is damaged. */
function readUnsent(value: unknown): Unsent | null {
  if (typeof value !== "object" || value === null) return null;
  const { epoch, clients, edits, cells, state } = value as Partial<Record<keyof Unsent, unknown>>;
  if (typeof epoch !== "string" || !Array.isArray(clients) || typeof cells !== "object" || cells === null) return null;
  if (!(state instanceof Uint8Array)) return null;
  const texts = Object.entries(cells).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const ids = clients.filter((id): id is number => typeof id === "number");
  return { epoch, clients: ids, edits: typeof edits === "number" ? edits : 1, cells: Object.fromEntries(texts), state };
}

function readDraft(value: unknown): Draft | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, cell, text, reason } = value as Partial<Record<keyof Draft, unknown>>;
  const isWhole = [id, cell, text, reason].every((each) => typeof each === "string");
  return isWhole ? (value as Draft) : null;
}
