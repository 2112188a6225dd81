/**
 * One observer for each document, whatever the number of cells: changes are handed on to those who listen for the
 * order or for one cell. Keystrokes reach neither; a text is observed by its editor.
 */

import * as Y from "yjs";
import { cellsOf, orderOf } from "./cells";

type Listener = () => void;

class Listeners {
  readonly #of = new Map<string, Set<Listener>>();

  add(key: string, listener: Listener): () => void {
    const set = this.#of.get(key) ?? new Set();
    this.#of.set(key, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#of.delete(key);
    };
  }

  call(keys: Iterable<string>): void {
    for (const key of keys) for (const listener of [...(this.#of.get(key) ?? [])]) listener();
  }
}

const ORDER_KEYS = ["pos", "deleted"];

/** The source document, by cell. */
export class SourceIndex {
  readonly #cells: Y.Map<unknown>;
  readonly #byCell = new Listeners();
  readonly #orderListeners = new Set<Listener>();
  #order: readonly string[];

  constructor(doc: Y.Doc) {
    this.#cells = cellsOf(doc);
    this.#order = orderOf(this.#cells);
    this.#cells.observeDeep(this.#observe);
  }

  readonly order = (): readonly string[] => this.#order;

  readonly subscribeOrder = (listener: Listener): (() => void) => {
    this.#orderListeners.add(listener);
    return () => this.#orderListeners.delete(listener);
  };

  subscribeCell(id: string, listener: Listener): () => void {
    return this.#byCell.add(id, listener);
  }

  destroy(): void {
    this.#cells.unobserveDeep(this.#observe);
  }

  readonly #observe = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    let ordered = false;
    const touched = new Set<string>();
    for (const event of events) {
      if (!(event instanceof Y.YMapEvent)) continue;
      const keys = event.keysChanged as Set<string>;
      const [id] = event.path;
      if (typeof id === "string") {
        touched.add(id);
        ordered ||= event.path.length === 1 && ORDER_KEYS.some((key) => keys.has(key));
      } else {
        ordered = true;
        for (const key of keys) touched.add(key);
      }
    }
    if (ordered) {
      const order = orderOf(this.#cells);
      if (order.length !== this.#order.length || order.some((cell, index) => cell !== this.#order[index])) {
        this.#order = order;
        for (const listener of [...this.#orderListeners]) listener();
      }
    }
    this.#byCell.call(touched);
  };
}

/** The runtime document, by cell, and its kernel and queue. */
export class RuntimeIndex {
  readonly cells: Y.Map<unknown>;
  readonly kernel: Y.Map<unknown>;
  readonly queue: Y.Array<unknown>;
  readonly #listeners = new Listeners();
  #queued: ReadonlySet<string> = new Set();

  constructor(doc: Y.Doc) {
    this.cells = doc.getMap("cells");
    this.kernel = doc.getMap("kernel");
    this.queue = doc.getArray("queue");
    this.#queued = this.#cellsInQueue();
    this.cells.observeDeep(this.#observeCells);
    this.queue.observe(this.#observeQueue);
    this.kernel.observe(this.#observeKernel);
  }

  /** The state of a run: its entry's fields, and its place in the queue. */
  subscribeRun(id: string, listener: Listener): () => void {
    return this.#listeners.add(`run:${id}`, listener);
  }

  /** The list of outputs of a cell, or one of them. */
  subscribeOutputs(id: string, listener: Listener): () => void {
    return this.#listeners.add(`outputs:${id}`, listener);
  }

  /** Any cell's run state; for summaries of the whole notebook. */
  subscribeRuns(listener: Listener): () => void {
    return this.#listeners.add("runs", listener);
  }

  subscribeKernel(listener: Listener): () => void {
    return this.#listeners.add("kernel", listener);
  }

  subscribeQueue(listener: Listener): () => void {
    return this.#listeners.add("queue", listener);
  }

  destroy(): void {
    this.cells.unobserveDeep(this.#observeCells);
    this.queue.unobserve(this.#observeQueue);
    this.kernel.unobserve(this.#observeKernel);
  }

  readonly #observeCells = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    const keys = new Set<string>();
    for (const event of events) {
      const [id, part] = event.path;
      if (typeof id === "string" && part === "outputs") keys.add(`outputs:${id}`);
      else if (typeof id === "string") {
        keys.add(`run:${id}`).add("runs");
        if (event instanceof Y.YMapEvent && event.keysChanged.has("outputs")) keys.add(`outputs:${id}`);
      } else if (event instanceof Y.YMapEvent) {
        for (const key of event.keysChanged as Set<string>) keys.add(`run:${key}`).add(`outputs:${key}`).add("runs");
      }
    }
    this.#listeners.call(keys);
  };

  readonly #observeQueue = (): void => {
    const now = this.#cellsInQueue();
    const keys = new Set([...this.#queued, ...now]);
    this.#queued = now;
    this.#listeners.call(["queue", ...[...keys].map((id) => `run:${id}`)]);
  };

  readonly #observeKernel = (): void => this.#listeners.call(["kernel"]);

  #cellsInQueue(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const entry of this.queue) {
      if (typeof entry === "object" && entry !== null && "cell" in entry && typeof entry.cell === "string")
        ids.add(entry.cell);
    }
    return ids;
  }
}
