/** The documents of a room, what they hold, and what is left of a document that is given up. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { Capability } from "./messages";
import { randomName } from "./randomName";
import { touchedCells, type Changed } from "./touched";

/** The documents of one history. Replaced as a whole by a reset; everything bound to them binds anew. */
export interface Documents {
  readonly generation: number;
  readonly source: Y.Doc;
  readonly runtime: Y.Doc;
  readonly comments: Y.Doc;
}

/** Text that the server did not take, kept beside its cell until the person lets it go. */
export interface Draft {
  readonly id: string;
  readonly cell: string;
  readonly text: string;
  readonly reason: string;
}

export function newDocuments(generation: number): Documents {
  return { generation, source: new Y.Doc(), runtime: new Y.Doc(), comments: new Y.Doc() };
}

export function destroyDocuments(documents: Documents): void {
  documents.source.destroy();
  documents.runtime.destroy();
  documents.comments.destroy();
}

/** What one kind of room holds: which right writes it, and the texts in its source document. */
export interface Shape {
  readonly writes: Capability;
  /** Whether there are runs and comments beside the source. */
  readonly hasRuntime: boolean;
  readonly otherHistory: string;
  readonly lostRight: string;
  /** The ids of the texts that a transaction touched. */
  readonly touched: (doc: Y.Doc, changed: Changed) => ReadonlySet<string>;
  readonly textOf: (doc: Y.Doc, id: string) => string | null;
}

export const NOTEBOOK: Shape = {
  writes: "EDIT",
  hasRuntime: true,
  otherHistory: t`The notebook was restored to another version.`,
  lostRight: t`You may no longer edit this notebook.`,
  touched: touchedCells,
  textOf: (doc, id) => {
    const cell = doc.getMap("cells").get(id);
    const source: unknown = cell instanceof Y.Map ? cell.get("source") : undefined;
    return source instanceof Y.Text ? source.toJSON() : null;
  },
};

/** The root of a text file's document, which is also the id of its one text. */
export const TEXT = "text";

const ONLY_TEXT: ReadonlySet<string> = new Set([TEXT]);

export const TEXT_FILE: Shape = {
  writes: "FILES",
  hasRuntime: false,
  otherHistory: t`Nobody had this file open for long, so what you typed before could not be merged.`,
  lostRight: t`You may no longer edit this file.`,
  touched: () => ONLY_TEXT,
  textOf: (doc) => doc.getText(TEXT).toJSON(),
};

/** What of `cells` stands only in the old document. */
export function draftsOf(
  { textOf }: Shape,
  old: Y.Doc,
  fresh: Y.Doc,
  cells: ReadonlySet<string>,
  reason: string,
): Draft[] {
  const drafts: Draft[] = [];
  for (const cell of cells) {
    const text = textOf(old, cell);
    if (text !== null && text.trim() !== "" && text !== textOf(fresh, cell))
      drafts.push({ id: randomName(), cell, text, reason });
  }
  return drafts;
}
