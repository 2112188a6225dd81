/** Formatted code put into cells: the smallest change, so that nobody's caret moves and undo takes back just this. */

import diff from "fast-diff";
import type * as Y from "yjs";

/** A longer text is compared from its ends alone. */
const LONGEST_COMPARED = 40_000;

/** Make a text read `next`, by changing only what differs. */
export function rewrite(text: Y.Text, next: string): void {
  const now = text.toJSON();
  let at = 0;
  for (const [what, part] of now.length + next.length > LONGEST_COMPARED ? byEnds(now, next) : diff(now, next)) {
    if (what === diff.EQUAL) at += part.length;
    else if (what === diff.DELETE) text.delete(at, part.length);
    else {
      text.insert(at, part);
      at += part.length;
    }
  }
}

function byEnds(now: string, next: string): diff.Diff[] {
  const most = Math.min(now.length, next.length);
  let start = 0;
  while (start < most && now[start] === next[start]) start += 1;
  let end = 0;
  while (end < most - start && now[now.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  // A character of two units stays whole.
  if (start > 0 && isHigh(now.charCodeAt(start - 1))) start -= 1;
  if (end > 0 && isLow(now.charCodeAt(now.length - end))) end -= 1;
  return [
    [diff.EQUAL, now.slice(0, start)],
    [diff.DELETE, now.slice(start, now.length - end)],
    [diff.INSERT, next.slice(start, next.length - end)],
  ];
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
