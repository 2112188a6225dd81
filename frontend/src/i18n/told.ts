/**
 * What the server says, in the reader's language. The server speaks English; a catalog pairs its sentences with
 * translations, `{0}` standing for what is filled in. What no catalog knows stays as it is.
 */

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

/** Translates by these from here on. */
export function tellIn(sentences: Sentences, direction: "ltr" | "rtl"): void {
  const all = Object.entries(sentences);
  whole = new Map(all);
  patterns = all.filter(([sentence]) => sentence.includes("{0}")).map(patternOf);
  isolates = direction === "rtl";
}

/** A sentence of the server in the reader's language; what is filled in may be a sentence itself. */
export function told(sentence: string): string {
  const found = whole.get(sentence);
  if (found !== undefined) return found;
  for (const { match, translation } of patterns) {
    const filled = match.exec(sentence);
    if (filled === null) continue;
    return translation.replace(/\{(\d)\}/g, (_place, number: string) =>
      isolated(told(filled[Number(number) + 1] ?? "")),
    );
  }
  return sentence;
}

/** For `JSON.parse`: whatever the server calls a reason is a sentence for people. None where all read English. */
export const reasonsTold = (): ((key: string, value: unknown) => unknown) | undefined =>
  whole.size === 0 ? undefined : (key, value) => (key === "reason" && typeof value === "string" ? told(value) : value);

const isolated = (text: string): string => (isolates ? `${FIRST_STRONG}${text}${POP}` : text);

function patternOf([sentence, translation]: [string, string]): Pattern {
  const source = sentence.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { match: new RegExp(`^${source.join("(.+?)")}$`, "su"), translation };
}
