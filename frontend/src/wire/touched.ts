/** Which entries of the root map `cells` a transaction touched, at any depth. */

import * as Y from "yjs";

export type Changed = ReadonlyMap<unknown, readonly Y.YEvent<Y.AbstractType<unknown>>[]>;

export function touchedCells(doc: Y.Doc, changed: Changed): ReadonlySet<string> {
  const cells: unknown = doc.getMap("cells");
  const ids = new Set<string>();
  for (const event of changed.get(cells) ?? []) {
    if (event instanceof Y.YMapEvent && event.target === cells) {
      for (const key of event.keysChanged as Set<string>) ids.add(key);
      continue;
    }
    const id = keyUnder(cells, event.target as Y.AbstractType<unknown>);
    if (id !== null) ids.add(id);
  }
  return ids;
}

/** The key under `root` below which `type` lies. An event's own path is only right while its observer runs. */
function keyUnder(root: unknown, type: Y.AbstractType<unknown>): string | null {
  for (let at: Y.AbstractType<unknown> | null = type; at !== null; at = at.parent as Y.AbstractType<unknown> | null) {
    if ((at.parent as unknown) === root) return at._item?.parentSub ?? null;
  }
  return null;
}
