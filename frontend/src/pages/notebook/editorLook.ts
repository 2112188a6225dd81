/** Line numbers, wrapping and keys as this person chose them, in every editor of an open notebook. */

import type { Extension } from "@codemirror/state";
import type { Editors } from "../../cells/editors";
import { display, displayAs, keySet } from "../../cells/extensions";
import { loadKeys, type KeySet } from "../../cells/keymaps";
import { useChoices } from "../../wire/choices";

export class EditorLook {
  readonly #editors: Editors;
  readonly #stop: () => void;
  #keys: KeySet = "usual";
  #loaded: Extension = [];

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
  }

  #apply(): void {
    const { choices } = useChoices.getState();
    document.documentElement.toggleAttribute("data-line-numbers", choices.line_numbers);
    document.documentElement.toggleAttribute("data-wrap", choices.wrap);
    for (const [, view] of this.#editors.built()) view.dispatch({ effects: display.reconfigure(displayAs(choices)) });
    if (choices.keys !== this.#keys) {
      this.#keys = choices.keys;
      void this.#take(choices.keys);
    }
  }

  async #take(keys: KeySet): Promise<void> {
    const loaded = await loadKeys(keys);
    if (keys !== this.#keys) return; // chosen anew meanwhile
    this.#loaded = loaded;
    for (const [, view] of this.#editors.built()) view.dispatch({ effects: keySet.reconfigure(loaded) });
  }
}
