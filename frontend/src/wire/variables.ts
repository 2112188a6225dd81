/** The kernel's variables as the server last knew them, for as long as somebody here looks. */

import type { components } from "./types";
import { Store, type Readable } from "./store";

type Wire = components["schemas"];

export type VariableOrigin = Readonly<Wire["VariableOrigin"]>;
export type Variable = Readonly<Wire["Variable"]>;
export type VariablesState = Wire["Variables"]["state"];

export interface VariablesMessage {
  readonly type: "variables";
  readonly state: VariablesState;
  readonly whole: boolean;
  readonly as_of: string | null;
  readonly total: number;
  readonly reason: string;
  readonly items: readonly Variable[];
  readonly gone: readonly string[];
}

export interface VariablesNow {
  readonly state: VariablesState;
  readonly asOf: string | null;
  /** How many there are, also where `items` holds only some. */
  readonly total: number;
  readonly reason: string;
  readonly items: ReadonlyMap<string, Variable>;
}

export class VariableStore {
  readonly #now = new Store<VariablesNow | null>(null);
  readonly #ask: (open: boolean) => void;
  #looks = 0;

  constructor(ask: (open: boolean) => void) {
    this.#ask = ask;
  }

  /** What is known; null until the server has told. */
  get now(): Readable<VariablesNow | null> {
    return this.#now;
  }

  /** Be told from now on. What is returned ends it. */
  look(): () => void {
    this.#looks += 1;
    if (this.#looks === 1) this.#ask(true);
    return () => {
      this.#looks -= 1;
      if (this.#looks === 0) this.#ask(false);
    };
  }

  reconnected(): void {
    if (this.#looks > 0) this.#ask(true);
  }

  receive(message: VariablesMessage): void {
    const before = this.#now.get();
    if (before === null && !message.whole) return; // the whole is on its way
    const items = new Map(message.whole ? [] : before?.items);
    for (const name of message.gone) items.delete(name);
    for (const item of message.items) items.set(item.name, item);
    this.#now.set({
      state: message.state,
      asOf: message.as_of,
      total: message.total,
      reason: message.reason,
      items,
    });
  }
}
