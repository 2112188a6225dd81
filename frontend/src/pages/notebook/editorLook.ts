/** Line numbers, wrapping and keys as this person chose them, in every editor of an open notebook. */

import type { Extension } from "@codemirror/state";
import type { Editors } from "../../cells/editors";
import { display, displayAs, keySet } from "../../cells/extensions";
import { loadKeys, type KeySet } from "../../cells/keymaps";
import { useChoices } from "../../wire/choices";

const RETRY_MS = 5000;

export class EditorLook {
  readonly #editors: Editors;
  readonly #stop: () => void;
  #keys: KeySet = "usual";
  #loaded: Extension = [];
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(editors: Editors) {
    this.#editors = editors;
    this.#stop = useChoices.subscribe((now, before) => {
      if (now.choices !== before.choices) this.#apply();
    });
    this.#apply();
  }

  get now(): { display: Extension; keys: Extension } {
    return { display: displayAs(useChoices.getState().choices), keys: this.#loaded };
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#retry);
  }

  #apply(): void {
    const { choices } = useChoices.getState();
    document.documentElement.toggleAttribute("data-line-numbers", choices.line_numbers);
    document.documentElement.toggleAttribute("data-wrap", choices.wrap);
    for (const [, view] of this.#editors.built()) view.dispatch({ effects: display.reconfigure(displayAs(choices)) });
    if (choices.keys !== this.#keys) {
      this.#keys = choices.keys;
      clearTimeout(this.#retry);
      void this.#take(choices.keys);
    }
  }

  async #take(keys: KeySet): Promise<void> {
    let loaded: Extension;
    try {
      loaded = await loadKeys(keys);
    } catch {
      // The server is away: the usual keys, until it answers.
      this.#retry = setTimeout(() => void this.#take(keys), RETRY_MS);
      return;
    }
    if (keys !== this.#keys) return; // chosen anew meanwhile
    this.#loaded = loaded;
    for (const [, view] of this.#editors.built()) view.dispatch({ effects: keySet.reconfigure(loaded) });
  }
}
