/** Edits without a connection, kept in the browser's storage so that closing the page does not lose them. */

/** The part of `Storage` that is used. */
export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface Unsent {
  readonly epoch: string;
  /** The client ids under which the edits were made. */
  readonly clients: readonly number[];
  /** The text of each edited cell, for a draft when the history has changed meanwhile. */
  readonly cells: Readonly<Record<string, string>>;
  /** The whole source document as one update. */
  readonly state: Uint8Array;
}

const keyOf = (notebook: string): string => `commonbook:unsent:${notebook}`;

export function keepUnsent(keep: Keep, notebook: string, unsent: Unsent): void {
  try {
    keep.setItem(keyOf(notebook), JSON.stringify({ ...unsent, state: toBase64(unsent.state) }));
  } catch {
    // The storage is full or forbidden: the edits still live in this page, and the label says how many.
  }
}

export function forgetUnsent(keep: Keep, notebook: string): void {
  try {
    keep.removeItem(keyOf(notebook));
  } catch {
    // Forbidden storage holds nothing to forget.
  }
}

export function keptUnsent(keep: Keep, notebook: string): Unsent | null {
  try {
    const text = keep.getItem(keyOf(notebook));
    if (text === null) return null;
    const value = JSON.parse(text) as { epoch: unknown; clients: unknown; cells: unknown; state: unknown };
    const { epoch, clients, cells, state } = value;
    if (typeof epoch !== "string" || typeof state !== "string" || !Array.isArray(clients)) return null;
    const ids = clients.filter((id): id is number => typeof id === "number");
    if (typeof cells !== "object" || cells === null) return null;
    return { epoch, clients: ids, cells: cells as Record<string, string>, state: fromBase64(state) };
  } catch {
    return null; // written by another version, or damaged
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
