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

export type RightTab = "variables" | "tables" | "comments" | "history";

const RIGHT_TABS: readonly RightTab[] = ["variables", "tables", "comments", "history"];
const RIGHT_KEY = "commonbook.panel.right";
const RIGHT_DRAWER_BELOW_PX = 1100;

interface RightPanel {
  /** What it shows; null while it is folded. */
  readonly tab: RightTab | null;
  /** What it showed last. */
  readonly last: RightTab;
  readonly show: (tab: RightTab) => void;
  readonly hide: () => void;
}

/** The right panel. On a small window it lies over the cells, and starts folded. */
export const useRightPanel = create<RightPanel>((set, get) => {
  const change = (tab: RightTab | null): void => {
    set({ tab, last: tab ?? get().last });
    try {
      if (window.innerWidth >= RIGHT_DRAWER_BELOW_PX) localStorage.setItem(RIGHT_KEY, tab ?? "");
    } catch {
      // The choice then lasts as long as the page.
    }
  };
  const tab = rememberedTab();
  return { tab, last: tab ?? "variables", show: change, hide: () => change(null) };
});

function rememberedTab(): RightTab | null {
  try {
    if (window.innerWidth < RIGHT_DRAWER_BELOW_PX) return null;
    return RIGHT_TABS.find((tab) => tab === localStorage.getItem(RIGHT_KEY)) ?? null;
  } catch {
    return null; // storage is switched off
  }
}

/** Whose tables the right panel shows: a connection's, or with null those in the kernel. */
export const useTablesOf = create<{
  readonly connection: string | null;
  readonly choose: (connection: string | null) => void;
}>((set) => ({ connection: null, choose: (connection) => set({ connection }) }));
