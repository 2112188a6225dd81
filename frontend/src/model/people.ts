/** Who is here, from presence states. Pure. */

import { plural, t } from "@lingui/core/macro";
import { parsePerson, type Person } from "../wire/messages";

/** One connection of somebody else. */
export interface Presence {
  readonly client: number;
  readonly person: Person;
  readonly cell: string | null;
  /** Relative positions in JSON form, as they came. */
  readonly cursor: { readonly anchor: unknown; readonly head: unknown } | null;
  /** The cell at the top of the window. */
  readonly view: string | null;
}

export function readPresence(client: number, state: unknown): Presence | null {
  if (typeof state !== "object" || state === null) return null;
  const fields = state as Readonly<Record<string, unknown>>;
  const person = parsePerson(fields["user"]);
  if (person === null) return null;
  const cursor = fields["cursor"];
  return {
    client,
    person,
    cell: typeof fields["cell"] === "string" ? fields["cell"] : null,
    cursor:
      typeof cursor === "object" && cursor !== null && "anchor" in cursor && "head" in cursor
        ? { anchor: cursor.anchor, head: cursor.head }
        : null,
    view: typeof fields["view"] === "string" ? fields["view"] : null,
  };
}

const COLORS = 10;

/**
 * Give everybody in the room a colour: their own, or the next free one where two share it.
 *
 * The order is by user id, so that every page of the room comes to the same colours.
 */
export function roomColors(people: readonly Person[]): ReadonlyMap<string, number> {
  const colors = new Map<string, number>();
  const taken = new Set<number>();
  const unique = [...new Map(people.map((person) => [person.id, person])).values()];
  for (const person of unique.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    let color = ((Math.trunc(person.color) % COLORS) + COLORS) % COLORS;
    for (let step = 0; step < COLORS && taken.has(color); step += 1) color = (color + 1) % COLORS;
    taken.add(color);
    colors.set(person.id, color);
  }
  return colors;
}

/** One entry a person, however many windows they have open: the one with a cell wins, then the newest. */
export function uniquePeople(presences: readonly Presence[]): Presence[] {
  const best = new Map<string, Presence>();
  for (const presence of presences) {
    const other = best.get(presence.person.id);
    if (other === undefined || other.cell === null || presence.cell !== null) best.set(presence.person.id, presence);
  }
  return [...best.values()].sort((a, b) => (a.person.name < b.person.name ? -1 : 1));
}

/** "Grace Hopper is here", "Ada and Grace are here", "Ada, Grace and 2 others are here". */
export function hereText(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return t`${first} is here`;
  if (names.length === 2) return t`${first} and ${second} are here`;
  return plural(names.length - 2, {
    one: `${first}, ${second} and # other are here`,
    other: `${first}, ${second} and # others are here`,
  });
}
