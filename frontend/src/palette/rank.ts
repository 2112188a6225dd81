/** How well a name answers what was typed. Pure. */

export interface Ranked<T> {
  readonly item: T;
  readonly score: number;
}

const WORD_START = 8;
const IN_ROW = 5;
const ANY = 1;
const RECENT = 3;

/** Higher is better; null where the letters of `query` do not stand in `title` in their order. */
export function scoreOf(query: string, title: string): number | null {
  const wanted = Array.from(fold(query).replace(/\s+/g, ""));
  if (wanted.length === 0) return 0;
  const letters = Array.from(fold(title));
  let best: number | null = null;
  for (let start = 0; start < letters.length; start += 1) {
    const score = letters[start] === wanted[0] ? scoreFrom(start, wanted, letters) : null;
    if (score !== null && (best === null || score > best)) best = score;
  }
  return best === null ? null : best - letters.length / 100;
}

/** The score where the first letter stands at `start`; null where the others do not follow. */
function scoreFrom(start: number, wanted: readonly string[], letters: readonly string[]): number | null {
  let score = 0;
  let at = start - 1;
  for (const letter of wanted) {
    const next = bestAfter(letters, letter, at);
    if (next === null) return null;
    score += next > start && next === at + 1 ? IN_ROW : isWordStart(letters, next) ? WORD_START : ANY;
    at = next;
  }
  return score;
}

/** The next place of a letter: right behind the last one, else where a word starts, else anywhere. */
function bestAfter(letters: readonly string[], letter: string, at: number): number | null {
  if (letters[at + 1] === letter) return at + 1;
  let first: number | null = null;
  for (let index = at + 1; index < letters.length; index += 1) {
    if (letters[index] !== letter) continue;
    if (isWordStart(letters, index)) return index;
    first ??= index;
  }
  return first;
}

const isWordStart = (letters: readonly string[], at: number): boolean =>
  at === 0 || !/[\p{L}\p{N}]/u.test(letters[at - 1] ?? "");

const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** The items that answer `query`, best first; among equals those used lately, then as they came. */
export function rank<T extends { readonly id: string; readonly title: string }>(
  query: string,
  items: readonly T[],
  recent: readonly string[],
): T[] {
  const ranked: Ranked<T>[] = [];
  for (const item of items) {
    const score = scoreOf(query, item.title);
    if (score === null) continue;
    const used = recent.indexOf(item.id);
    ranked.push({ item, score: score + (used < 0 ? 0 : RECENT * (1 - used / recent.length)) });
  }
  return ranked.sort((a, b) => b.score - a.score).map(({ item }) => item);
}
