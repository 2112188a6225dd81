/** Five short hints for the first notebooks, one at a time, each put away for ever. */

import { t } from "@lingui/core/macro";
import { Store, type Readable } from "../wire/store";

export type HintId = "run" | "keys" | "palette" | "together" | "comment";

export interface Hint {
  readonly id: HintId;
  readonly text: string;
  readonly keys: readonly string[];
  /** It tells of keys and of nothing else. */
  readonly onlyKeys?: true;
  readonly needs: "COMMENT" | "EDIT" | "READ" | "RUN" | "SHARE";
}

export const HINTS: readonly Hint[] = [
  { id: "run", text: t`Run a cell and go on to the next one.`, keys: ["Shift", "Enter"], needs: "RUN" },
  {
    id: "keys",
    text: t`Esc leaves the editor; then letters are commands. All keys:`,
    keys: ["?"],
    onlyKeys: true,
    needs: "EDIT",
  },
  { id: "palette", text: t`Find any command, heading or notebook.`, keys: ["Mod", "K"], onlyKeys: true, needs: "READ" },
  {
    id: "together",
    text: t`Share the project: others type in the same cells, and you see them do it.`,
    keys: [],
    needs: "SHARE",
  },
  {
    id: "comment",
    text: t`Say something about a cell, or about words you have selected.`,
    keys: ["Mod", "Alt", "M"],
    needs: "COMMENT",
  },
];

const KEY = "commonbook.hints";

class Hints implements Readable<readonly Hint[]> {
  readonly #left = new Store<readonly Hint[]>(HINTS.filter(({ id }) => !putAway().includes(id)));

  readonly get = (): readonly Hint[] => this.#left.get();
  readonly subscribe = (listener: () => void): (() => void) => this.#left.subscribe(listener);

  putAway(ids: readonly HintId[]): void {
    this.#left.set(this.#left.get().filter(({ id }) => !ids.includes(id)));
    keep(HINTS.map(({ id }) => id).filter((id) => !this.#left.get().some((hint) => hint.id === id)));
  }

  again(): void {
    this.#left.set(HINTS);
    keep([]);
  }
}

function putAway(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return HINTS.map(({ id }) => id); // where nothing can be kept, they would come for ever
  }
}

function keep(ids: readonly HintId[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // Then they come again.
  }
}

export const hints = new Hints();
