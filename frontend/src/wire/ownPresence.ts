/** Presence over the notebook socket: this page's own state goes out, everybody's comes in. */

import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";

interface Change {
  readonly added: number[];
  readonly updated: number[];
  readonly removed: number[];
}

export class OwnPresence {
  readonly awareness = new Awareness(new Y.Doc());
  readonly #origin: symbol;
  readonly #send: (update: Uint8Array) => void;

  /** `origin` marks what came over the wire; `send` drops what comes while nobody listens. */
  constructor(origin: symbol, send: (update: Uint8Array) => void) {
    this.#origin = origin;
    this.#send = send;
    this.awareness.on("update", this.#changed);
  }

  receive(update: Uint8Array): void {
    applyAwarenessUpdate(this.awareness, update, this.#origin);
  }

  /** Presence goes under the connection's own id, and nobody else's presence outlives a connection. */
  takeClientId(id: number): void {
    const state = this.awareness.getLocalState() ?? {};
    if (this.awareness.clientID !== id) {
      removeAwarenessStates(this.awareness, [this.awareness.clientID], this.#origin);
      this.awareness.clientID = id;
      // Others take a state only above clock 0, where everybody is taken to begin.
      this.awareness.meta.set(id, { clock: 0, lastUpdated: Date.now() });
    }
    this.awareness.setLocalState(state);
  }

  forgetOthers(): void {
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.awareness.clientID);
    removeAwarenessStates(this.awareness, others, this.#origin);
  }

  close(): void {
    this.awareness.setLocalState(null);
    this.awareness.off("update", this.#changed);
    this.awareness.destroy();
  }

  readonly #changed = (change: Change, origin: unknown): void => {
    if (origin === this.#origin) return;
    const mine = [...change.added, ...change.updated, ...change.removed].filter((id) => id === this.awareness.clientID);
    if (mine.length > 0) this.#send(encodeAwarenessUpdate(this.awareness, mine));
  };
}
