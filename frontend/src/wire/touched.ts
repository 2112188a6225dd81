/** Which entries of the root map `cells` a transaction touched, at any depth. */

import * as Y from "yjs";

export function touchedCells(
  doc: Y.Doc,
  changed: ReadonlyMap<unknown, readonly Y.YEvent<Y.AbstractType<unknown>>[]>,
): ReadonlySet<string> {
  const events = changed.get(doc.getMap("cells")) ?? [];
  const ids = new Set<string>();
  for (const event of events) {
    const [first] = event.path;
    if (typeof first === "string") ids.add(first);
    else if (event instanceof Y.YMapEvent)
      for (const key of event.keysChanged as Set<unknown>) if (typeof key === "string") ids.add(key);
  }
  return ids;
}
