/** What a person looks for, and where it stands in a text. Pure. */

import { t } from "@lingui/core/macro";

export interface Query {
  readonly text: string;
  readonly isRegex: boolean;
  readonly isCaseSensitive: boolean;
  readonly isWholeWord: boolean;
}

/** Where a match begins and ends, in UTF-16 code units. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A query that can be looked for; a pattern that is none says why. */
export type Pattern = { readonly regex: RegExp; readonly query: Query } | { readonly problem: string };

/** More matches than this in one text are not listed: nobody steps through them. */
const MOST_IN_TEXT = 2_000;

/** Null where there is nothing to look for. */
export function compile(query: Query): Pattern | null {
  if (query.text === "") return null;
  const source = query.isRegex ? query.text : query.text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const flags = query.isCaseSensitive ? "gmu" : "gmiu";
  try {
    return { regex: new RegExp(query.isWholeWord ? wholeWord(source) : source, flags), query };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** A word ends where a letter, digit or underscore of any script stands beside none. */
const wholeWord = (source: string): string => `(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])`;

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : "";
  const detail = /:\s*([^:]+)$/.exec(text)?.[1];
  return detail === undefined ? t`This is no regular expression.` : t`This is no regular expression: ${detail}.`;
}

/** Every match in order; those of no length, as of `^`, are passed over. */
export function spansIn(text: string, regex: RegExp): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(regex)) {
    if (match[0] !== "") spans.push({ from: match.index, to: match.index + match[0].length });
    if (spans.length >= MOST_IN_TEXT) break;
  }
  return spans;
}

/** What takes the place of the match at `span`, or null when the text there matches no more. */
export function replacementAt(
  text: string,
  span: Span,
  pattern: { regex: RegExp; query: Query },
  template: string,
): string | null {
  const sticky = new RegExp(pattern.regex.source, pattern.regex.flags.replace("g", "y"));
  sticky.lastIndex = span.from;
  const match = sticky.exec(text);
  if (match === null || match.index + match[0].length !== span.to) return null;
  return pattern.query.isRegex ? expand(template, match) : template;
}

/** `$1`, `$<name>`, `$&` and `$$` as in `String.replace`, and `\n`, `\t` for what a field cannot hold. */
function expand(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:(\$)|(&)|(\d\d?)|<([^>]*)>)|\\([nt\\])/g, (...args: (string | undefined)[]) => {
    const [whole = "", dollar, all, number, name, escaped] = args;
    if (dollar !== undefined) return "$";
    if (all !== undefined) return match[0];
    if (escaped !== undefined) return { n: "\n", t: "\t", "\\": "\\" }[escaped] ?? whole;
    if (number !== undefined)
      return Number(number) > 0 && Number(number) < match.length ? (match[Number(number)] ?? "") : whole;
    return match.groups === undefined || name === undefined ? whole : (match.groups[name] ?? "");
  });
}
