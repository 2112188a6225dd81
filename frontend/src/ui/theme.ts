/** Light, dark or as the system says. `themeBoot.js` does the same before the first paint. */
import { create } from "zustand";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const KEY = "commonbook.theme";

/** Returns the choice that `kept` names; anything else means the system's. */
export function parseChoice(kept: string | null): ThemeChoice {
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function resolveTheme(choice: ThemeChoice, systemIsDark: boolean): Theme {
  if (choice === "system") return systemIsDark ? "dark" : "light";
  return choice;
}

interface ThemeState {
  choice: ThemeChoice;
  theme: Theme;
  choose: (choice: ThemeChoice) => void;
}

/** The theme as state: `useTheme((state) => state.theme)` re-renders when it changes. */
export const useTheme = create<ThemeState>()((set) => ({
  choice: "system",
  theme: "light",
  choose: (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // The choice then lasts as long as the page.
    }
    set(apply(choice));
  },
}));

/** Reads the choice and follows the system and other tabs; returns how to stop. */
export function startTheme(): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const refresh = (): void => useTheme.setState(apply(kept()));
  const onStorage = (event: StorageEvent): void => {
    if (event.key === KEY) refresh();
  };
  const onPrint = (): void => void (document.documentElement.dataset["theme"] = "light");
  refresh();
  system.addEventListener("change", refresh);
  window.addEventListener("storage", onStorage);
  window.addEventListener("beforeprint", onPrint);
  window.addEventListener("afterprint", refresh);
  return () => {
    window.removeEventListener("beforeprint", onPrint);
    window.removeEventListener("afterprint", refresh);
    system.removeEventListener("change", refresh);
    window.removeEventListener("storage", onStorage);
  };
}

function kept(): ThemeChoice {
  try {
    return parseChoice(localStorage.getItem(KEY));
  } catch {
    return "system";
  }
}

function apply(choice: ThemeChoice): { choice: ThemeChoice; theme: Theme } {
  const theme = resolveTheme(choice, matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset["theme"] = theme;
  return { choice, theme };
}
