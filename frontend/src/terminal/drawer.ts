/** Whether the terminals' drawer is open, and how high it is, as this browser remembers it. */
import { create } from "zustand";

const OPEN = "commonbook.terminal.open";
const HEIGHT = "commonbook.terminal.height";
const LOWEST_PX = 140;
const USUAL_PX = 300;

interface Drawer {
  readonly isOpen: boolean;
  readonly height: number;
  readonly toggle: () => void;
  readonly setHeight: (px: number) => void;
}

export const clampHeight = (px: number, windowPx: number): number =>
  Math.round(Math.max(LOWEST_PX, Math.min(px, windowPx * 0.75)));

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export const useDrawer = create<Drawer>((set, get) => ({
  isOpen: kept(OPEN) === "yes",
  height: clampHeight(Number(kept(HEIGHT)) || USUAL_PX, window.innerHeight),
  toggle: () => {
    const isOpen = !get().isOpen;
    set({ isOpen });
    keep(OPEN, isOpen ? "yes" : "no");
  },
  setHeight: (px) => {
    const height = clampHeight(px, window.innerHeight);
    set({ height });
    keep(HEIGHT, String(height));
  },
}));
