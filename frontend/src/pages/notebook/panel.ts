/** Whether a side panel is open, as this browser remembers it. On a small window both start folded. */

import { create } from "zustand";

interface Panel {
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function makePanel(name: string, drawerBelowPx: number, startsOpen: boolean) {
  const key = `commonbook.panel.${name}.open`;
  const remembered = (): boolean => {
    try {
      if (window.innerWidth < drawerBelowPx) return false;
      const kept = localStorage.getItem(key);
      return kept === null ? startsOpen : kept !== "no";
    } catch {
      return startsOpen; // storage is switched off
    }
  };
  return create<Panel>((set, get) => ({
    isOpen: remembered(),
    toggle: () => {
      const isOpen = !get().isOpen;
      set({ isOpen });
      try {
        if (window.innerWidth >= drawerBelowPx) localStorage.setItem(key, isOpen ? "yes" : "no");
      } catch {
        // The choice then lasts as long as the page.
      }
    },
  }));
}

/** The left panel: notebooks, environment, kernel. */
export const usePanel = makePanel("notebook", 760, true);

/** The right panel: the kernel's variables. */
export const useVariablesPanel = makePanel("variables", 1100, false);
