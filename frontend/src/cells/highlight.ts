/** Code as static lines, from the parser, classes and metrics of the editor, so that swapping it in moves nothing. */

import { classHighlighter, highlightCode } from "@lezer/highlight";
import { parser } from "@lezer/python";
import type { CellType } from "../model/cells";

/** Beyond this a cell shows plain until its editor is built: parsing it here would hold up the page. */
const HIGHLIGHT_LIMIT = 50_000;

export function staticLines(text: string, type: CellType): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let line = newLine(fragment);
  const put = (code: string, classes: string): void => {
    if (classes === "") {
      line.append(code);
      return;
    }
    const span = document.createElement("span");
    span.className = classes;
    span.textContent = code;
    line.append(span);
  };
  const endLine = (): void => {
    if (line.firstChild === null) line.append(document.createElement("br"));
    line = newLine(fragment);
  };
  if (type === "code" && text.length <= HIGHLIGHT_LIMIT) {
    highlightCode(text, parser.parse(text), classHighlighter, put, endLine);
  } else {
    text.split("\n").forEach((part, index) => {
      if (index > 0) endLine();
      if (part !== "") put(part, "");
    });
  }
  if (line.firstChild === null) line.append(document.createElement("br"));
  return fragment;
}

function newLine(fragment: DocumentFragment): HTMLElement {
  const line = document.createElement("div");
  line.className = "cm-line";
  fragment.append(line);
  return line;
}
