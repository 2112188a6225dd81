/**
 * The widgets of one notebook as the server knows them: their states, and every change in order. Nothing is loaded
 * before somebody wants to see a widget. Knows models and bytes; what draws them is elsewhere.
 */

import { CommandRefused } from "./commands";
import { ApiError, request } from "./http";
import type { components } from "./types";

type Wire = components["schemas"];

/** The generated types know no value of a free object; a widget's state holds any. */
type State = Readonly<Record<string, unknown>>;
type SentModel = Readonly<Omit<Wire["WidgetModel"], "state"> & { state: State }>;

export type WidgetModel = Required<SentModel>;
export type WidgetBuffer = Readonly<Wire["WidgetBuffer"]>;
export type WidgetSnapshot = Readonly<Omit<Wire["Widgets"], "models"> & { models: readonly SentModel[] }>;
export type WidgetEvent =
  | (Omit<Wire["WidgetOpened"], "model"> & { model: SentModel })
  | (Omit<Wire["WidgetUpdated"], "state"> & { state: State })
  | Wire["WidgetSaid"]
  | Wire["WidgetClosed"]
  | Wire["WidgetMoved"]
  | Wire["WidgetsEnded"];
export interface WidgetChanges {
  readonly type: "widgets";
  readonly seq: number;
  readonly events: readonly WidgetEvent[];
}

/** What a watcher hears: a change, or that everything is to be read anew. */
export type WidgetNews = { readonly event: "loaded" } | WidgetEvent;

/** What somebody does to a widget. `buffers` are base64, in the order of `paths`. */
export interface WidgetMove {
  readonly widget: string;
  readonly method: "update" | "custom";
  readonly state?: State;
  readonly content?: unknown;
  readonly paths?: readonly (readonly (string | number)[])[];
  readonly buffers?: readonly string[];
}

/** What the socket takes of a move, in characters; it has room for 1 MiB and for what is around the move. */
const MOST_ON_SOCKET = 1_000_000;

/** Whether a move has to go by HTTP. */
export const isLarge = (move: WidgetMove): boolean =>
  JSON.stringify([move.state, move.content, move.paths, move.buffers]).length > MOST_ON_SOCKET;

/** Sends moves of a notebook's widgets by HTTP; rejects as the socket does. */
export const largeMoves =
  (notebook: string) =>
  async (move: WidgetMove): Promise<string> => {
    try {
      const address = `/api/notebooks/${encodeURIComponent(notebook)}/widgets/moves`;
      return (await request<Wire["WidgetMoveSent"]>("POST", address, move)).message;
    } catch (error) {
      throw error instanceof ApiError ? new CommandRefused(error.code, error.reason) : error;
    }
  };

const RETRY_MS = 2000;

export class WidgetStore {
  readonly #load: () => Promise<WidgetSnapshot>;
  readonly #send: (move: WidgetMove) => Promise<string>;
  readonly #watchers = new Set<(news: WidgetNews) => void>();
  readonly #models = new Map<string, WidgetModel>();
  /** Moves that are on their way, and what to do when the kernel has dealt with them. */
  readonly #waiting = new Map<string, () => void>();
  #seq: number | null = null;
  /** Changes that came while the whole was on its way. */
  #early: WidgetChanges[] | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(load: () => Promise<WidgetSnapshot>, send: (move: WidgetMove) => Promise<string>) {
    this.#load = load;
    this.#send = send;
  }

  get models(): ReadonlyMap<string, WidgetModel> {
    return this.#models;
  }

  /** Whether the models are here; before that none of them is missing. */
  get isLoaded(): boolean {
    return this.#seq !== null;
  }

  /** Hear of every change from now on; the first watcher has the models loaded. */
  watch(watcher: (news: WidgetNews) => void): () => void {
    this.#watchers.add(watcher);
    if (this.#seq === null && this.#early === null) void this.#loadAll();
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Move a widget. Resolves when the kernel has dealt with it; rejects with `CommandRefused`. */
  async move(move: WidgetMove): Promise<void> {
    const message = await this.#send(move);
    if (this.#early === null && this.#dealtWith.delete(message)) return;
    await new Promise<void>((resolve) => this.#waiting.set(message, resolve));
  }

  /** Moves whose end was heard before their command was answered. */
  readonly #dealtWith = new Set<string>();

  receive(changes: WidgetChanges): void {
    if (this.#early !== null) this.#early.push(changes);
    else if (this.#seq !== null) this.#take(changes);
  }

  /** The server has sent everything up to `seq`. */
  reached(seq: number): void {
    if (this.#early === null && this.#seq !== null && seq > this.#seq) void this.#loadAll();
  }

  /** The connection was lost and is back: what was sent meanwhile did not come. */
  reconnected(): void {
    if (this.#seq !== null && this.#early === null) void this.#loadAll();
  }

  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#watchers.clear();
  }

  async #loadAll(): Promise<void> {
    this.#early = [];
    let snapshot: WidgetSnapshot;
    try {
      snapshot = await this.#load();
    } catch {
      this.#early = null;
      if (!this.#closed) this.#retry = setTimeout(() => void this.#loadAll(), RETRY_MS);
      return;
    }
    this.#models.clear();
    for (const model of snapshot.models) this.#models.set(model.id, full(model));
    this.#seq = snapshot.seq;
    const early = this.#early;
    this.#early = null;
    for (const [message, done] of this.#waiting) {
      if (snapshot.waiting.includes(message)) continue;
      this.#waiting.delete(message);
      done();
    }
    this.#tell({ event: "loaded" });
    for (const changes of early) this.#take(changes);
  }

  #take(changes: WidgetChanges): void {
    if (this.#seq === null || changes.seq <= this.#seq) return;
    if (changes.seq > this.#seq + 1) {
      void this.#loadAll();
      return;
    }
    this.#seq = changes.seq;
    for (const event of changes.events) {
      this.#apply(event);
      this.#tell(event);
    }
  }

  #apply(event: WidgetEvent): void {
    switch (event.event) {
      case "opened":
        this.#models.set(event.model.id, full(event.model));
        break;
      case "updated": {
        const model = this.#models.get(event.id);
        if (model !== undefined) this.#models.set(event.id, merged(model, event.state, event.buffers ?? []));
        break;
      }
      case "closed":
        this.#models.delete(event.id);
        break;
      case "moved": {
        const done = this.#waiting.get(event.message);
        this.#waiting.delete(event.message);
        if (done !== undefined) done();
        else this.#dealtWith.add(event.message);
        break;
      }
      case "ended":
        for (const [id, model] of this.#models) this.#models.set(id, { ...model, alive: false });
        for (const done of this.#waiting.values()) done();
        this.#waiting.clear();
        break;
      case "said":
        break;
    }
  }

  #tell(news: WidgetNews): void {
    for (const watcher of [...this.#watchers]) watcher(news);
  }
}

function full(model: SentModel): WidgetModel {
  return { buffers: [], cell: null, run: null, alive: true, cut: false, ...model };
}

/** A model with other values for some keys; the buffers below those keys are replaced with them. */
export function merged(model: WidgetModel, state: State, buffers: readonly WidgetBuffer[]): WidgetModel {
  const kept = model.buffers.filter((each) => !Object.hasOwn(state, String(each.path[0])));
  return { ...model, state: { ...model.state, ...state }, buffers: [...kept, ...buffers] };
}
