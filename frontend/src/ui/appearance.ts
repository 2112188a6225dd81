/** How strong contrasts are, how large text is, how much moves. `themeBoot.js` does the same before the first paint. */
import { create } from "zustand";

export type Contrast = "system" | "more";
export type Motion = "system" | "less";
export const TEXT_SIZES = [12, 13, 14, 15, 16, 18] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

export interface Appearance {
  readonly contrast: Contrast;
  readonly motion: Motion;
  /** Of code, in pixels; the prose of text cells is a little larger, as ever. */
  readonly text: TextSize;
}

const KEY = "commonbook.appearance";
export const PLAIN: Appearance = { contrast: "system", motion: "system", text: 13 };

/** Returns what `kept` says; what it does not say, or says wrongly, is plain. */
export function parseAppearance(kept: string | null): Appearance {
  let found: unknown = null;
  try {
    found = JSON.parse(kept ?? "null");
  } catch {
    // Somebody else wrote there.
  }
  if (typeof found !== "object" || found === null) return PLAIN;
  const fields = found as Readonly<Record<string, unknown>>;
  return {
    contrast: fields["contrast"] === "more" ? "more" : "system",
    motion: fields["motion"] === "less" ? "less" : "system",
    text: TEXT_SIZES.find((size) => size === fields["text"]) ?? PLAIN.text,
  };
}

interface AppearanceState extends Appearance {
  readonly change: (change: Partial<Appearance>) => void;
}

export const useAppearance = create<AppearanceState>()((set, get) => ({
  ...PLAIN,
  change: (change) => {
    const { contrast, motion, text } = { ...get(), ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify({ contrast, motion, text }));
    } catch {
      // The choice then lasts as long as the page.
    }
    set({ contrast, motion, text });
    apply({ contrast, motion, text });
  },
}));

/** Reads the choice and follows the system and other tabs; returns how to stop. */
export function startAppearance(): () => void {
  const system = matchMedia("(prefers-contrast: more)");
  const refresh = (): void => {
    const appearance = kept();
    useAppearance.setState(appearance);
    apply(appearance);
  };
  const onStorage = (event: StorageEvent): void => {
    if (event.key === KEY) refresh();
  };
  refresh();
  system.addEventListener("change", refresh);
  window.addEventListener("storage", onStorage);
  return () => {
    system.removeEventListener("change", refresh);
    window.removeEventListener("storage", onStorage);
  };
}

function kept(): Appearance {
  try {
    return parseAppearance(localStorage.getItem(KEY));
  } catch {
    return PLAIN;
  }
}

function apply({ contrast, motion, text }: Appearance): void {
  const { dataset, style } = document.documentElement;
  const isStrong = contrast === "more" || matchMedia("(prefers-contrast: more)").matches;
  dataset["contrast"] = isStrong ? "more" : "plain";
  dataset["motion"] = motion === "less" ? "less" : "plain";
  style.setProperty("--code-size", `${text}px`);
  style.setProperty("--code-line", `${Math.round(text * LINE)}px`);
  style.setProperty("--prose-size", `${text + 2}px`);
}

/** 13 px stand on lines of 20. */
const LINE = 20 / 13;
