/** The comments document as threads, and what of them somebody has not read. Pure. */

import * as Y from "yjs";

export interface CommentMessage {
  readonly id: string;
  readonly by: string;
  readonly byName: string;
  readonly color: number;
  /** Milliseconds since 1970, as all times here. */
  readonly at: number;
  readonly body: string;
  readonly mentions: readonly string[];
  readonly editedAt: number | null;
  readonly isDeleted: boolean;
}

/** The ends of a stretch of text, as relative positions in JSON form. */
export interface CommentPlace {
  readonly start: unknown;
  readonly end: unknown;
}

export interface CommentThread {
  readonly id: string;
  readonly cell: string;
  readonly quote: string;
  readonly place: CommentPlace | null;
  /** The name of whoever settled it; null while it is open. */
  readonly resolvedBy: string | null;
  readonly messages: readonly CommentMessage[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

function readMessage(value: unknown): CommentMessage[] {
  if (!isFields(value)) return [];
  return [
    {
      id: text(value["id"]),
      by: text(value["by"]),
      byName: text(value["by_name"]),
      color: number(value["color"]),
      at: number(value["at"]),
      body: text(value["body"]),
      mentions: Array.isArray(value["mentions"]) ? value["mentions"].filter((one) => typeof one === "string") : [],
      editedAt: typeof value["edited_at"] === "number" ? value["edited_at"] : null,
      isDeleted: value["is_deleted"] === true,
    },
  ];
}

function readPlace(value: unknown): CommentPlace | null {
  if (typeof value !== "string") return null;
  try {
    const place: unknown = JSON.parse(value);
    return isFields(place) ? { start: place["start"], end: place["end"] } : null;
  } catch {
    return null; // then the words are looked for
  }
}

/** Every thread, the oldest first. */
export function threadsOf(doc: Y.Doc): readonly CommentThread[] {
  const found: CommentThread[] = [];
  for (const [id, thread] of doc.getMap("threads")) {
    if (!(thread instanceof Y.Map)) continue;
    const messages: unknown = thread.get("msgs");
    const resolved: unknown = thread.get("resolved");
    found.push({
      id,
      cell: text(thread.get("cell")),
      quote: text(thread.get("quote")),
      place: readPlace(thread.get("place")),
      resolvedBy: isFields(resolved) ? text(resolved["by_name"]) : null,
      messages: messages instanceof Y.Array ? messages.toArray().flatMap(readMessage) : [],
    });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What others said after `seenAt`. */
export function unreadIn(thread: CommentThread, seenAt: number, me: string | null): readonly CommentMessage[] {
  return thread.messages.filter((message) => message.at > seenAt && message.by !== me && !message.isDeleted);
}

/** When the last message was said. */
export const lastOf = (thread: CommentThread): number => Math.max(0, ...thread.messages.map((message) => message.at));

/** Threads on living cells in the order of the cells, the oldest first in each; then those on cells that are gone. */
export function inOrder(
  threads: readonly CommentThread[],
  order: readonly string[],
): { readonly here: readonly CommentThread[]; readonly gone: readonly CommentThread[] } {
  const places = new Map(order.map((id, index) => [id, index]));
  const here = threads.filter((thread) => places.has(thread.cell));
  return {
    here: here.sort((a, b) => (places.get(a.cell) ?? 0) - (places.get(b.cell) ?? 0)),
    gone: threads.filter((thread) => !places.has(thread.cell)),
  };
}

/** What is new in `now`, by others than `me`. */
export function newMessages(
  before: readonly CommentThread[],
  now: readonly CommentThread[],
  me: string | null,
): readonly { readonly thread: CommentThread; readonly message: CommentMessage }[] {
  const known = new Set(before.flatMap((thread) => thread.messages.map((message) => message.id)));
  return now.flatMap((thread) =>
    thread.messages
      .filter((message) => !known.has(message.id) && message.by !== me)
      .map((message) => ({ thread, message })),
  );
}

/** Where the words of a thread stand now in `source`: by their place, else by the words; null when they are gone. */
export function spanOf(thread: CommentThread, source: Y.Text): { readonly from: number; readonly to: number } | null {
  if (thread.quote === "") return null;
  const { doc } = source;
  if (doc === null) return null;
  const from = placed(thread.place?.start, source, doc);
  const to = placed(thread.place?.end, source, doc);
  if (from !== null && to !== null && to > from) return { from, to };
  const at = source.toJSON().indexOf(thread.quote);
  return at < 0 ? null : { from: at, to: at + thread.quote.length };
}

function placed(json: unknown, source: Y.Text, doc: Y.Doc): number | null {
  if (!isFields(json)) return null;
  try {
    const place = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc);
    return place?.type === source ? place.index : null;
  } catch {
    return null; // of another history
  }
}
