/** How a person is drawn: the colour by index, the letters by name. */

export const PEOPLE_COLORS = 10;

/** The CSS value of a person's colour; an index out of range wraps around. */
export function personColor(color: number): string {
  const index = ((Math.trunc(color) % PEOPLE_COLORS) + PEOPLE_COLORS) % PEOPLE_COLORS;
  return `var(--person-${index})`;
}

/** One or two letters for an avatar: of the first and the last word, or of the only one. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(firstLetter);
  return letters.join("").toLocaleUpperCase() || "?";
}

function firstLetter(word: string | undefined): string {
  const point = word?.codePointAt(0);
  return point === undefined ? "" : String.fromCodePoint(point);
}
