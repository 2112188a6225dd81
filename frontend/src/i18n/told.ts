/**
 * What the server says, in the reader's language. The server speaks English; a catalog pairs its sentences with
 * translations, `{0}` standing for what is filled in. What no catalog knows stays as it is.
 */

import type { LanguageFacts } from "./languages";

export type Sentences = Readonly<Record<string, string>>;

interface Pattern {
  readonly match: RegExp;
  readonly translation: string;
}

const FIRST_STRONG = "\u2068";
const POP = "\u2069";

let whole: ReadonlyMap<string, string> = new Map();
let patterns: readonly Pattern[] = [];
let isolates = false;
/** How lengths of time are written; null where all read English. */
let locale: string | null = null;

const LENGTH = /^(\d+) (day|hour|minute|second)s?$/;
const BETWEEN_SENTENCES = /(?<=[.!?]) (?=[A-Z])/;

/** Translates by these from here on. */
export function tellIn(
  sentences: Sentences,
  { direction, locale: named }: Pick<LanguageFacts, "direction" | "locale">,
): void {
  const all = Object.entries(sentences);
  locale = all.length === 0 ? null : named;
  whole = new Map(all);
  patterns = all.filter(([sentence]) => sentence.includes("{0}")).map(patternOf);
  isolates = direction === "rtl";
}

/** What the server says in the reader's language: one sentence or several; what is filled in may be one itself. */
export function told(text: string): string {
  if (locale === null) return text;
  const found = translated(text);
  if (found !== null) return found;
  const sentences = text.split(BETWEEN_SENTENCES);
  return sentences.length === 1 ? text : sentences.map((sentence) => translated(sentence) ?? sentence).join(" ");
}

function translated(text: string): string | null {
  const found = whole.get(text);
  if (found !== undefined) return found;
  const [, count, unit] = LENGTH.exec(text) ?? [];
  if (unit !== undefined && locale !== null)
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(Number(count));
  for (const { match, translation } of patterns) {
    const filled = match.exec(text);
    if (filled === null) continue;
    return translation.replace(/\{(\d)\}/g, (_place, number: string) =>
      isolated(told(filled[Number(number) + 1] ?? "")),
    );
  }
  return null;
}

/** For `JSON.parse`: whatever the server calls a reason is a sentence for people. None where all read English. */
export const reasonsTold = (): ((key: string, value: unknown) => unknown) | undefined =>
  locale === null ? undefined : (key, value) => (key === "reason" && typeof value === "string" ? told(value) : value);

const isolated = (text: string): string => (isolates ? `${FIRST_STRONG}${text}${POP}` : text);

function patternOf([sentence, translation]: [string, string]): Pattern {
  const source = sentence.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { match: new RegExp(`^${source.join("(.+?)")}$`, "su"), translation };
}
