/** The three documents of a notebook, and what is left of a document that is given up. */

import * as Y from "yjs";

/** The documents of one history. Replaced as a whole by a reset; everything bound to them binds anew. */
export interface Documents {
  readonly generation: number;
  readonly source: Y.Doc;
  readonly runtime: Y.Doc;
  readonly comments: Y.Doc;
}

/** Text that the server did not take, kept beside its cell until the person lets it go. */
export interface Draft {
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

export function textOf(doc: Y.Doc, id: string): string | null {
  const cell = doc.getMap("cells").get(id);
  const source: unknown = cell instanceof Y.Map ? cell.get("source") : undefined;
  return source instanceof Y.Text ? source.toJSON() : null;
}

/** What of `cells` stands only in the old document. */
export function draftsOf(old: Y.Doc, fresh: Y.Doc, cells: ReadonlySet<string>, reason: string): Draft[] {
  const drafts: Draft[] = [];
  for (const cell of cells) {
    const text = textOf(old, cell);
    if (text !== null && text.trim() !== "" && text !== textOf(fresh, cell)) drafts.push({ cell, text, reason });
  }
  return drafts;
}
