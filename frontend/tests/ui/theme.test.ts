// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseChoice, resolveTheme, startTheme, useTheme } from "../../src/ui/theme";

let systemIsDark = false;
let onSystemChange: (() => void) | undefined;
let stop: () => void = () => undefined;

beforeEach(() => {
  systemIsDark = false;
  localStorage.clear();
  vi.stubGlobal("matchMedia", () => ({
    get matches() {
      return systemIsDark;
    },
    addEventListener: (_type: string, listener: () => void) => (onSystemChange = listener),
    removeEventListener: () => (onSystemChange = undefined),
  }));
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

const shown = (): string | undefined => document.documentElement.dataset["theme"];

describe("theme", () => {
  it("follows the system until somebody chooses, and again after that", () => {
    stop = startTheme();
    expect(shown()).toBe("light");
    systemIsDark = true;
    onSystemChange?.();
    expect(shown()).toBe("dark");
    useTheme.getState().choose("light");
    onSystemChange?.();
    expect(shown()).toBe("light");
    useTheme.getState().choose("system");
    expect(shown()).toBe("dark");
    expect(useTheme.getState()).toMatchObject({ choice: "system", theme: "dark" });
  });

  it("keeps the choice for the next visit", () => {
    stop = startTheme();
    useTheme.getState().choose("dark");
    stop();
    document.documentElement.dataset["theme"] = "light";
    stop = startTheme();
    expect(shown()).toBe("dark");
  });

  it("changes with another tab", () => {
    stop = startTheme();
    localStorage.setItem("commonbook.theme", "dark");
    window.dispatchEvent(new StorageEvent("storage", { key: "commonbook.theme" }));
    expect(shown()).toBe("dark");
  });

  it.each([
    [null, false, "light"],
    [null, true, "dark"],
    ["light", true, "light"],
    ["dark", false, "dark"],
    ["purple", true, "dark"],
  ])("shows the same before the first paint as after it (%s, dark system %s)", (kept, dark, expected) => {
    systemIsDark = dark;
    if (kept !== null) localStorage.setItem("commonbook.theme", kept);
    const boot = readFileSync("src/ui/themeBoot.js", "utf8");
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function(boot)();
    expect(shown()).toBe(expected);
    expect(resolveTheme(parseChoice(kept), dark)).toBe(expected);
  });
});
