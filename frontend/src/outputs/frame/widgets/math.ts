/** Sets the mathematics in the text of labels and of HTML, as MathJax would where widgets expect it. */

const MATH = /\$\$([\s\S]+?)\$\$|\$([^$\n]+?)\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/g;

/** The parts of a text: plain, or mathematics in a line or a block of its own. Pure. */
export function mathIn(text: string): { text: string; isMath: boolean; isBlock: boolean }[] {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(MATH)) {
    const [whole, block, line, round, square] = found;
    if (found.index > end) parts.push({ text: text.slice(end, found.index), isMath: false, isBlock: false });
    const isBlock = block !== undefined || square !== undefined;
    parts.push({ text: block ?? line ?? round ?? square ?? "", isMath: true, isBlock });
    end = found.index + whole.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isMath: false, isBlock: false });
  return parts;
}

/** Replace what is mathematics in an element; KaTeX is loaded when there is any. */
export async function typeset(element: HTMLElement): Promise<void> {
  const texts: Text[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null)
    if (walker.currentNode instanceof Text && mathIn(walker.currentNode.data).some((part) => part.isMath))
      texts.push(walker.currentNode);
  if (texts.length === 0) return;
  const [{ default: katex }] = await Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
  for (const text of texts) {
    if (!text.isConnected) continue;
    const set = mathIn(text.data).map((part) => {
      if (!part.isMath) return part.text;
      const place = document.createElement("span");
      katex.render(part.text, place, {
        displayMode: part.isBlock,
        throwOnError: false,
        trust: false,
        maxExpand: 1000,
        strict: "ignore",
      });
      return place;
    });
    text.replaceWith(...set);
  }
}
