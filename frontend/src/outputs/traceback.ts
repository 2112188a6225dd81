/** What a traceback says, apart from how Python prints it. Pure. */

import type { ErrorOutput } from "./types";

export interface ReadTraceback {
  /** The error and its words, with colours; null where the traceback does not end with them. */
  readonly title: string | null;
  readonly parts: readonly TracebackPart[];
}

/** A piece of the text, with colours: as it stands, or calls of code that is not the reader's own. */
export type TracebackPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "inside"; readonly text: string; readonly calls: number; readonly packages: readonly string[] };

// eslint-disable-next-line no-control-regex -- colour sequences begin with the escape character
const COLOURS = /\u001b\[[0-9;]*m/g;
const RULE = /^-{20,}$/;
const HEAD = /^\S+ +Traceback \(most recent call last\)$/;
/** "File PATH:LINE, in NAME", where the path leads into an installed package, a compiled one, or Python's library. */
const INSTALLED = /^File \S*[\\/](?:site|dist)-packages[\\/]([\w.-]+?)(?:\.py)?(?:[\\/:]|$)/;
const COMPILED = /^File (\w+)[\\/][\w\\/]+\.p(?:yx|xi)\b/;
const LIBRARY = /^File (?:\S*[\\/]python3\.\d+[\\/]|<frozen )/;

/** Read what IPython gives: a rule, a head, a part for each call, and the error with its words. */
export function readTraceback({ ename, evalue, traceback }: ErrorOutput): ReadTraceback {
  const all = traceback.filter((part) => !RULE.test(plain(part)));
  if (all.length === 0) return { title: `${ename}: ${evalue}`, parts: [] };
  const last = all.at(-1) ?? "";
  const hasTitle = all.length > 1 && plain(last).startsWith(ename);
  const body = hasTitle ? all.slice(0, -1) : all;
  if (hasTitle && HEAD.test(plain(body[0] ?? ""))) body.shift();
  return { title: hasTitle ? last : null, parts: folded(body) };
}

function folded(body: readonly string[]): TracebackPart[] {
  const parts: TracebackPart[] = [];
  for (const text of body) {
    const from = packageOf(plain(text));
    const before = parts.at(-1);
    if (from === null) {
      if (before?.kind === "text") parts[parts.length - 1] = { kind: "text", text: `${before.text}\n${text}` };
      else parts.push({ kind: "text", text });
    } else if (before?.kind === "inside") {
      const packages = before.packages.includes(from) ? before.packages : [...before.packages, from];
      parts[parts.length - 1] = { kind: "inside", text: `${before.text}\n${text}`, calls: before.calls + 1, packages };
    } else parts.push({ kind: "inside", text, calls: 1, packages: [from] });
  }
  return parts;
}

/** The package whose code a call is in; null for the reader's own code, and for what is no call. */
function packageOf(text: string): string | null {
  const found = INSTALLED.exec(text)?.[1] ?? COMPILED.exec(text)?.[1];
  return found ?? (LIBRARY.test(text) ? "Python" : null);
}

const plain = (text: string): string => text.replaceAll(COLOURS, "").trim();
