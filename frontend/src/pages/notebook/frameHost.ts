/** What a notebook does for the tables of one of its cells. */
import type { FrameHost } from "../../frames";
import { cellMap, cellsOf } from "../../model/cells";
import { api } from "../../wire/api";
import type { Readable } from "../../wire/store";
import * as Y from "yjs";
import type { NotebookSession } from "./session";

/** Where a cell, or the notebook for a table in a variable, keeps the views that somebody shared, as JSON. */
const SHARED = "commonbook_table_views";

/** `cell` null is for a table in a variable, which belongs to no cell; its code goes to the end. */
export function frameHost(session: NotebookSession, cell: string | null): FrameHost {
  const metaOf = (): Y.Map<unknown> | null => {
    const { doc } = session.cells.get();
    if (cell === null) return doc.getMap("meta");
    const meta = cellMap(cellsOf(doc), cell)?.get("meta");
    return meta instanceof Y.Map ? (meta as Y.Map<unknown>) : null;
  };
  const shared: Readable<string | null> = {
    get: () => {
      const value = metaOf()?.get(SHARED);
      return typeof value === "string" ? value : null;
    },
    subscribe: (listener) => {
      const meta = metaOf();
      meta?.observe(listener);
      return () => meta?.unobserve(listener);
    },
  };
  return {
    rights: session.rights,
    ask: (table, question, signal) =>
      api.askFrame(session.notebook, table, question, signal === undefined ? {} : { signal }),
    exportAddress: (table, query) => `${api.frameExport(session.notebook, table)}?${query.toString()}`,
    insertCode: (code) => {
      const { actions, source } = session.cells.get();
      session.goTo(actions.insert(cell ?? source.order().at(-1) ?? null, "code", code));
    },
    shared,
    share: (views) => session.cells.get().actions.setMeta(cell, SHARED, views),
  };
}
