/** How deep a tree opens by itself. Pure. */

const MOST_LINES = 24;
const DEEPEST = 5;

/** As many levels of a JSON value as fit into a few lines; one at least. */
export function depthShown(value: unknown): number {
  let shown = 1;
  let lines = 1;
  let level: unknown[] = [value];
  for (let depth = 1; depth <= DEEPEST; depth += 1) {
    level = level.flatMap((each): unknown[] => (typeof each === "object" && each !== null ? Object.values(each) : []));
    lines += level.length;
    if (lines > MOST_LINES) break;
    shown = depth;
  }
  return shown;
}
