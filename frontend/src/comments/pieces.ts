/** What somebody wrote, as plain text, code between backticks, addresses and names of people. Pure. */

export interface Piece {
  readonly kind: "text" | "code" | "link" | "person";
  readonly text: string;
}

const MARKS = /`([^`\n]+)`|https?:\/\/[^\s<>"')\]]+/g;
const TRAILING = /[.,;:!?]+$/;

/** Split a comment; `names` are those of the people it mentions. */
export function piecesOf(body: string, names: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of body.matchAll(MARKS)) {
    const code = match[1];
    const shown = code ?? match[0].replace(TRAILING, "");
    pieces.push(...withPeople(body.slice(at, match.index), names));
    pieces.push({ kind: code === undefined ? "link" : "code", text: shown });
    at = match.index + (code === undefined ? shown.length : match[0].length);
  }
  return [...pieces, ...withPeople(body.slice(at), names)];
}

function withPeople(text: string, names: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  // The longest first, so that "Ada Lovelace" is not found as "Ada".
  const sorted = [...names].sort((a, b) => b.length - a.length);
  let rest = text;
  while (rest !== "") {
    const found = sorted
      .map((name) => ({ name, at: rest.indexOf(`@${name}`) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (found === undefined) break;
    if (found.at > 0) pieces.push({ kind: "text", text: rest.slice(0, found.at) });
    pieces.push({ kind: "person", text: `@${found.name}` });
    rest = rest.slice(found.at + found.name.length + 1);
  }
  return rest === "" ? pieces : [...pieces, { kind: "text", text: rest }];
}

/** The `@` that is being written before `caret`: where it stands and what follows it, or null. */
export function mentionAt(text: string, caret: number): { readonly at: number; readonly query: string } | null {
  const before = text.slice(0, caret);
  const at = before.lastIndexOf("@");
  if (at < 0 || (at > 0 && !/[\s(]/.test(before[at - 1] ?? ""))) return null;
  const query = before.slice(at + 1);
  return query.length > 30 || query.includes("\n") ? null : { at, query };
}

export interface Mentionable {
  readonly id: string;
  readonly name: string;
  /** The name to sign in with, which also finds them. */
  readonly login: string;
  readonly color: number;
}

const MOST_OFFERED = 6;

/** Who may be meant by what follows an `@`. */
export function peopleFor(query: string, people: readonly Mentionable[]): readonly Mentionable[] {
  const wanted = query.toLocaleLowerCase();
  return people
    .filter(({ name, login }) => {
      const words = [name.toLocaleLowerCase(), login.toLocaleLowerCase(), ...name.toLocaleLowerCase().split(/\s+/)];
      return words.some((word) => word.startsWith(wanted));
    })
    .slice(0, MOST_OFFERED);
}

/** The ids of those whose names stand in `body` behind an `@`. */
export function mentionsIn(body: string, people: readonly Mentionable[]): string[] {
  return people.filter(({ name }) => body.includes(`@${name}`)).map(({ id }) => id);
}
