/** Whether the left panel is open, as this browser remembers it. On a small window it starts folded. */

import { create } from "zustand";

const KEY = "commonbook.panel.notebook.open";
const DRAWER_BELOW_PX = 760;

function remembered(): boolean {
  try {
    return window.innerWidth >= DRAWER_BELOW_PX && localStorage.getItem(KEY) !== "no";
  } catch {
    return true; // storage is switched off
  }
}

interface Panel {
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

export const usePanel = create<Panel>((set, get) => ({
  isOpen: remembered(),
  toggle: () => {
    const isOpen = !get().isOpen;
    set({ isOpen });
    try {
      if (window.innerWidth >= DRAWER_BELOW_PX) localStorage.setItem(KEY, isOpen ? "yes" : "no");
    } catch {
      // The choice then lasts as long as the page.
    }
  },
}));
