import type { Messages } from "@lingui/core";

const FIRST_STRONG = "\u2068";
const LEFT_TO_RIGHT = "\u2066";
const POP = "\u2069";

/** What is one thing with the filled-in place beside it, as in "Python {0}" and "{0} MB", and is read as one. */
const WORD_BEFORE = /[A-Za-z][A-Za-z0-9.]* $/;
const WORD_AFTER = /^ (?:[kKMGT]i?)?B(?![A-Za-z])/;

/**
 * Returns messages whose filled-in places are isolated (UAX #9, FSI and PDI) where the page runs from right to left.
 *
 * A name or a path of the other direction then moves no word around it. Numbers
 * of plural forms (`#`) need none.
 */
export function isolated(messages: Messages, direction: "ltr" | "rtl"): Messages {
  if (direction === "ltr") return messages;
  return Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, parts(message)])) as Messages;
}

function parts(message: unknown): unknown {
  if (!Array.isArray(message)) return message;
  const rest: unknown[] = [...(message as unknown[])];
  const done: unknown[] = [];
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (!Array.isArray(part)) {
      done.push(part);
      continue;
    }
    const [name, kind, forms] = part as [unknown, unknown, unknown];
    if (kind === undefined) {
      const before = cut(done.pop(), WORD_BEFORE);
      const after = cut(rest.shift(), WORD_AFTER);
      const mark = before.word === "" && after.word === "" ? FIRST_STRONG : LEFT_TO_RIGHT;
      done.push(...before.rest, mark, ...said(before.word), part, ...said(after.word), POP);
      rest.unshift(...after.rest);
    } else if (typeof forms !== "object" || forms === null) {
      done.push(part);
    } else {
      done.push([name, kind, Object.fromEntries(Object.entries(forms).map(([form, inner]) => [form, parts(inner)]))]);
    }
  }
  return done;
}

/** Take a word off a piece of text; what is no text stays whole. */
function cut(piece: unknown, pattern: RegExp): { word: string; rest: unknown[] } {
  const word = typeof piece === "string" ? (pattern.exec(piece)?.[0] ?? "") : "";
  if (typeof piece !== "string" || word === "") return { word, rest: piece === undefined ? [] : [piece] };
  return { word, rest: said(piece.replace(pattern, "")) };
}

const said = (text: string): string[] => (text === "" ? [] : [text]);
