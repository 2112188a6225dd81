/** Code as static lines, from the parser, classes and metrics of the editor, so that swapping it in moves nothing. */

import { highlightCode, tagHighlighter, tags as t } from "@lezer/highlight";
import { parser } from "@lezer/python";
import type { Language } from "../model/cells";
import "./syntax.css";
import { sqlParser } from "./sql";

/** The classes of both the static view and the editor; syntax.css gives them their colours. */
export const codeClasses = tagHighlighter([
  { tag: [t.keyword, t.self, t.null, t.bool, t.atom, t.operatorKeyword], class: "tok-keyword" },
  { tag: [t.string, t.special(t.string), t.regexp, t.escape], class: "tok-string" },
  { tag: [t.number, t.literal], class: "tok-number" },
  { tag: [t.comment, t.meta], class: "tok-comment" },
  {
    tag: [t.function(t.variableName), t.function(t.definition(t.variableName)), t.definition(t.className), t.className],
    class: "tok-function",
  },
  { tag: t.heading, class: "tok-heading" },
  { tag: [t.link, t.url], class: "tok-link" },
  { tag: t.emphasis, class: "tok-emphasis" },
  { tag: t.strong, class: "tok-strong" },
  { tag: t.strikethrough, class: "tok-strike" },
  { tag: t.monospace, class: "tok-string" },
  { tag: t.invalid, class: "tok-invalid" },
]);

/** Beyond this a cell shows plain until its editor is built: parsing it here would hold up the page. */
const HIGHLIGHT_LIMIT = 50_000;

export function staticLines(text: string, language: Language): DocumentFragment {
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
  const reads = language === "code" ? parser : language === "sql" ? sqlParser() : null;
  if (reads !== null && text.length <= HIGHLIGHT_LIMIT) {
    highlightCode(text, reads.parse(text), codeClasses, put, endLine);
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
