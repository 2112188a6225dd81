/** The text that a cell's outputs show, and marks over it. The frame of an output is another document: not searched. */

import type { Match } from "./finder";

interface OutputText {
  readonly text: string;
  readonly nodes: readonly { readonly node: Text; readonly from: number }[];
}

const EVERY = "found";
const PRESENT = "found-now";

/** The text nodes under the outputs of a cell, end to end. */
export function textNodes(cell: string): OutputText {
  const outputs = document.getElementById(`cell-${cell}`)?.querySelector(".cell-outputs");
  const nodes: { node: Text; from: number }[] = [];
  let text = "";
  if (outputs == null) return { text, nodes };
  const walker = document.createTreeWalker(outputs, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    nodes.push({ node: node as Text, from: text.length });
    text += (node as Text).data;
  }
  return { text, nodes };
}

/** The range of a match in what `textNodes` gave, or null when the output has changed since. */
export function rangeIn({ text, nodes }: OutputText, match: Match): Range | null {
  if (match.to > text.length) return null;
  const range = document.createRange();
  for (const { node, from } of nodes) {
    const end = from + node.data.length;
    if (match.from >= from && match.from < end) range.setStart(node, match.from - from);
    if (match.to > from && match.to <= end) {
      range.setEnd(node, match.to - from);
      return range;
    }
  }
  return null;
}

/** Paint the matches in outputs, by the browser's highlights: no node of an output is touched. */
export function markText(matches: readonly Match[], now: Match | null): void {
  const { highlights } = globalThis.CSS as { highlights?: HighlightRegistry };
  if (highlights === undefined) return; // a browser without them still goes to each match
  const texts = new Map<string, OutputText>();
  const rangeOf = (match: Match): Range | null => {
    const text = texts.get(match.cell) ?? textNodes(match.cell);
    texts.set(match.cell, text);
    return rangeIn(text, match);
  };
  put(highlights, EVERY, matches.map(rangeOf));
  put(highlights, PRESENT, now === null ? [] : [rangeOf(now)]);
}

function put(highlights: HighlightRegistry, name: string, ranges: readonly (Range | null)[]): void {
  const there = ranges.filter((range) => range !== null);
  if (there.length === 0) highlights.delete(name);
  else highlights.set(name, new Highlight(...there));
}
