/** Places in an order that several people change at once: keys of `fractional-indexing` with random digits. */

import { generateKeyBetween } from "fractional-indexing";

const JITTER_BITS = 24;

/**
 * Return a key between `low` and `high` (null: the start, the end) that nobody else will choose at the same moment.
 *
 * `random` gives numbers in 0..1. A pair that leaves no place (equal or damaged keys) yields a key after `low`
 * alone, so that the new cell at least stands below it.
 */
export function placeBetween(low: string | null, high: string | null, random: () => number): string {
  let [from, to] = openInterval(low, high);
  const middle = generateKeyBetween(from, to);
  // An open end is closed first, so that halving stays near and the key short.
  from ??= generateKeyBetween(null, middle);
  to ??= generateKeyBetween(middle, null);
  let key = middle;
  for (let bit = 0; bit < JITTER_BITS; bit += 1) {
    if (random() < 0.5) from = key;
    else to = key;
    key = generateKeyBetween(from, to);
  }
  return key;
}

/** Return `count` keys in order between `low` and `high`. */
export function placesBetween(low: string | null, high: string | null, count: number, random: () => number): string[] {
  const keys: string[] = [];
  for (let made = 0; made < count; made += 1) keys.push(placeBetween(keys.at(-1) ?? low, high, random));
  return keys;
}

function openInterval(low: string | null, high: string | null): [string | null, string | null] {
  const from = low !== null && isKey(low) ? low : null;
  const to = high !== null && isKey(high) && (from === null || from < high) ? high : null;
  return [from, to];
}

function isKey(text: string): boolean {
  try {
    generateKeyBetween(text, null);
    return true;
  } catch {
    return false;
  }
}
