/** How this person wants the editor, the same in every browser. Guests keep it for as long as the page lives. */

import { create } from "zustand";
import { request, type Schemas } from "./http";

export type EditorChoices = Required<Schemas["EditorChoices"]>;

const USUAL: EditorChoices = { checks: true, keys: "usual", line_numbers: false, wrap: false };
const ADDRESS = "/api/me/editor";

interface ChoicesState {
  readonly choices: EditorChoices;
  /** Read what was chosen before; asked once, whoever asks. */
  readonly load: () => void;
  /** Choose for now and from now on. */
  readonly change: (change: Partial<EditorChoices>) => void;
}

let loading: Promise<void> | null = null;

export const useChoices = create<ChoicesState>()((set, get) => ({
  choices: USUAL,
  load: () => {
    loading ??= request<Schemas["EditorChoices"]>("GET", ADDRESS).then(
      (kept) => set({ choices: { ...USUAL, ...kept } }),
      () => {
        loading = null; // a guest, or no connection: asked again by the next page
      },
    );
  },
  change: (change) => {
    const choices = { ...get().choices, ...change };
    set({ choices });
    void request("PUT", ADDRESS, choices).catch(() => undefined);
  },
}));
