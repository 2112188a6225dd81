/**
 * Everybody's presence on one page: one listener for all of it, one flush an animation frame, and one dispatch to
 * each editor whose carets changed. Also says where this person is.
 */

import type { EditorView } from "@codemirror/view";
import * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import { readPresence, roomColors, uniquePeople, type Presence } from "../model/people";
import type { Person } from "../wire/messages";
import { Store, type Readable } from "../wire/store";
import { setCarets, type Caret } from "./cursors";

/** The editors of the page, as far as presence needs them. */
export interface PresentEditors {
  get: (cell: string) => EditorView | null;
  onBuilt: (listener: (cell: string, view: EditorView) => void) => () => void;
}

/** Calls back before the next paint; a test stands in for it. */
export type NextFrame = (callback: () => void) => void;

interface Moved {
  readonly signature: string;
  readonly count: number;
}

export interface Here {
  readonly person: Person;
  readonly color: number;
  readonly cell: string | null;
  readonly view: string | null;
}

const sameHere = (a: readonly Here[], b: readonly Here[]): boolean =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index];
    return (
      other !== undefined &&
      one.person.id === other.person.id &&
      one.person.name === other.person.name &&
      one.color === other.color &&
      one.cell === other.cell &&
      one.view === other.view
    );
  });

export class PresenceRoom {
  readonly #awareness: Awareness;
  readonly #editors: PresentEditors;
  readonly #nextFrame: NextFrame;
  readonly #textOf: (cell: string) => Y.Text | null;
  readonly #people = new Store<readonly Here[]>([]);
  readonly #byCell = new Map<string, Store<readonly Here[]>>();
  readonly #drawn = new Map<string, string>();
  readonly #moved = new Map<number, Moved>();
  readonly #stopBuilt: () => void;
  #me: string | null = null;
  #scheduled = false;
  #mine: { cell: string | null; cursor: { anchor: unknown; head: unknown } | null; view: string | null } = {
    cell: null,
    cursor: null,
    view: null,
  };
  #cursorOf: (() => { anchor: unknown; head: unknown } | null) | null = null;
  #mineScheduled = false;
  #closed = false;

  constructor(
    awareness: Awareness,
    editors: PresentEditors,
    textOf: (cell: string) => Y.Text | null,
    nextFrame: NextFrame,
  ) {
    this.#awareness = awareness;
    this.#editors = editors;
    this.#textOf = textOf;
    this.#nextFrame = nextFrame;
    awareness.on("change", this.#changed);
    this.#stopBuilt = editors.onBuilt((cell, view) => {
      const carets = this.#caretsOf(cell);
      this.#drawn.delete(cell);
      // An editor may be told of carets only once it is built and out of its own constructor.
      if (carets.length > 0) this.#nextFrame(() => this.#draw(cell, view));
    });
  }

  /** Everybody else, one entry a person, by name. */
  get people(): Readable<readonly Here[]> {
    return this.#people;
  }

  /** Everybody else in one cell. */
  inCell(cell: string): Readable<readonly Here[]> {
    let store = this.#byCell.get(cell);
    if (store === undefined) {
      store = new Store<readonly Here[]>(this.#people.get().filter((here) => here.cell === cell));
      this.#byCell.set(cell, store);
    }
    return store;
  }

  /** Where somebody's caret is in the editor they are in; null where they have none. */
  caretOf(person: string): number | null {
    const there = this.#others().find((one) => one.person.id === person && one.cell !== null && one.cursor !== null);
    if (there?.cell == null) return null;
    return this.#caretsOf(there.cell).find((caret) => caret.client === there.client)?.head ?? null;
  }

  /** Own windows are not "somebody else". */
  setMe(id: string | null): void {
    this.#me = id;
    this.#changed();
  }

  /** The documents were replaced: carets are placed anew. */
  rebind(): void {
    this.#drawn.clear();
    this.#changed();
  }

  enterCell(cell: string | null): void {
    if (this.#mine.cell === cell) return;
    this.#mine = { ...this.#mine, cell };
    this.#sayWhere();
  }

  setTopCell(view: string | null): void {
    if (this.#mine.view === view) return;
    this.#mine = { ...this.#mine, view };
    this.#sayWhere();
  }

  /** The caret moved in an editor. Positions are worked out once a frame, however fast it moves. */
  caretIn(text: Y.Text, view: EditorView): void {
    this.#cursorOf = () => {
      const { anchor, head } = view.state.selection.main;
      const at = (index: number): unknown =>
        Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, Math.min(index, text.length)));
      return text.doc === null ? null : { anchor: at(anchor), head: at(head) };
    };
    this.#sayWhere();
  }

  /** The caret left its editor; the person is still in the cell. */
  caretGone(): void {
    this.#cursorOf = () => null;
    this.#sayWhere();
  }

  close(): void {
    this.#closed = true;
    this.#awareness.off("change", this.#changed);
    this.#stopBuilt();
  }

  #sayWhere(): void {
    if (this.#mineScheduled) return;
    this.#mineScheduled = true;
    this.#nextFrame(() => {
      this.#mineScheduled = false;
      if (this.#closed) return;
      if (this.#cursorOf !== null) this.#mine = { ...this.#mine, cursor: this.#cursorOf() };
      this.#cursorOf = null;
      this.#awareness.setLocalState({ ...this.#mine });
    });
  }

  readonly #changed = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#nextFrame(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#flush();
    });
  };

  #others(): Presence[] {
    const found: Presence[] = [];
    for (const [client, state] of this.#awareness.getStates()) {
      if (client === this.#awareness.clientID) continue;
      const presence = readPresence(client, state);
      if (presence !== null) found.push(presence);
    }
    return found;
  }

  #flush(): void {
    const others = this.#others();
    const colors = roomColors([...others.map((presence) => presence.person)]);
    const here = uniquePeople(others.filter((presence) => presence.person.id !== this.#me)).map((presence): Here => ({
      person: presence.person,
      color: colors.get(presence.person.id) ?? 0,
      cell: presence.cell,
      view: presence.view,
    }));
    if (!sameHere(here, this.#people.get())) this.#people.set(here);
    for (const [cell, store] of this.#byCell) {
      const inside = here.filter((one) => one.cell === cell).map((one) => ({ ...one, view: null }));
      if (!sameHere(inside, store.get())) store.set(inside);
    }
    for (const client of this.#moved.keys()) if (!this.#awareness.getStates().has(client)) this.#moved.delete(client);
    const cells = new Set([
      ...this.#drawn.keys(),
      ...others.flatMap((presence) => (presence.cell === null ? [] : [presence.cell])),
    ]);
    for (const cell of cells) {
      const view = this.#editors.get(cell);
      if (view === null) this.#drawn.delete(cell);
      else this.#draw(cell, view);
    }
  }

  #draw(cell: string, view: EditorView): void {
    const carets = this.#caretsOf(cell);
    const signature = JSON.stringify(carets);
    if (signature === (this.#drawn.get(cell) ?? "[]")) return;
    if (carets.length === 0) this.#drawn.delete(cell);
    else this.#drawn.set(cell, signature);
    view.dispatch({ effects: setCarets.of(carets) });
  }

  #caretsOf(cell: string): Caret[] {
    const text = this.#textOf(cell);
    if (text === null) return [];
    const others = this.#others();
    const colors = roomColors(others.map((presence) => presence.person));
    const carets: Caret[] = [];
    for (const { client, person, cell: where, cursor } of others) {
      if (where !== cell || cursor === null) continue;
      const anchor = placeIn(text, cursor.anchor);
      const head = placeIn(text, cursor.head);
      if (anchor === null || head === null) continue;
      carets.push({
        client,
        name: person.name,
        color: colors.get(person.id) ?? 0,
        anchor,
        head,
        moved: this.#movements(client, cursor),
      });
    }
    return carets;
  }

  #movements(client: number, cursor: unknown): number {
    const signature = JSON.stringify(cursor);
    const last = this.#moved.get(client);
    if (last?.signature === signature) return last.count;
    const count = (last?.count ?? 0) + 1;
    this.#moved.set(client, { signature, count });
    return count;
  }
}

/** A relative position as an index into `text`; null when it is damaged or points elsewhere. */
function placeIn(text: Y.Text, json: unknown): number | null {
  if (typeof json !== "object" || json === null || text.doc === null) return null;
  try {
    const place = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), text.doc);
    return place?.type === text ? place.index : null;
  } catch {
    return null; // not a position at all
  }
}
