/** Keys that somebody has changed, as this browser keeps them, and what they do. */

import { create } from "zustand";
import { COMMANDS } from "./commandList";
import type { KeyCommand, KeyMode, KeyPress } from "./keys";

export type Combination = readonly string[];

export interface CustomKeys {
  /** What a command is pressed by instead of its own keys; nothing is an empty list. */
  readonly keys: Readonly<Partial<Record<KeyCommand, Combination>>>;
  /** Whether letters alone are commands while no editor has the focus. */
  readonly letters: boolean;
}

const KEY = "commonbook.keys";
export const NO_CUSTOM_KEYS: CustomKeys = { keys: {}, letters: true };

const MODIFIERS = ["Mod", "Alt", "Shift"];
const ALONE = new Set([
  "Control",
  "Meta",
  "Alt",
  "Shift",
  "CapsLock",
  "Dead",
  "Process",
  "Unidentified",
  "Tab",
  "Escape",
]);
const NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** A key press as it is kept and shown, `["Mod", "Alt", "M"]`; null for what can be no shortcut. */
export function combinationOf(press: KeyPress): Combination | null {
  if (ALONE.has(press.key)) return null;
  const key = NAMES[press.key] ?? (press.key.length === 1 ? press.key.toUpperCase() : press.key);
  const isSign = press.key.length === 1 && press.key.toUpperCase() === press.key.toLowerCase() && press.key !== " ";
  return [
    ...(press.ctrl || press.meta ? ["Mod"] : []),
    ...(press.alt ? ["Alt"] : []),
    // Shift is in the sign already, as in "?".
    ...(press.shift && !isSign ? ["Shift"] : []),
    key,
  ];
}

export const sameKeys = (a: Combination, b: Combination): boolean => a.join("+") === b.join("+");

/** Whether it types nothing, so that it may be a command while somebody writes. */
const isSafe = (keys: Combination): boolean =>
  keys.includes("Mod") || keys.includes("Alt") || /^F\d+$/.test(keys.at(-1) ?? "");

/** The command that somebody has put on these keys. */
export function customCommand(press: KeyPress, mode: KeyMode, custom: CustomKeys): KeyCommand | null {
  const pressed = combinationOf(press);
  if (pressed === null || (mode !== "command" && !isSafe(pressed)) || mode === "elsewhere") return null;
  const found = Object.entries(custom.keys).find(([, keys]) => sameKeys(keys, pressed));
  return found === undefined ? null : (found[0] as KeyCommand);
}

/** The keys of a command as they are now. */
export function keysOf(
  command: KeyCommand | null,
  own: readonly Combination[],
  custom: CustomKeys,
): readonly Combination[] {
  const changed = command === null ? undefined : custom.keys[command];
  if (changed === undefined) return own;
  return changed.length === 0 ? [] : [changed];
}

/** What has these keys already, but for `command`. */
export function conflictOf(
  keys: Combination,
  command: KeyCommand,
  custom: CustomKeys,
): { readonly command: KeyCommand | null; readonly title: string } | null {
  for (const row of COMMANDS.flatMap((group) => group.rows)) {
    if (row.command === command) continue;
    if (keysOf(row.command, row.keys, custom).some((one) => sameKeys(one, keys)))
      return { command: row.command, title: row.title };
  }
  return null;
}

interface CustomKeysState extends CustomKeys {
  /** Put a command on other keys; whatever had them loses them. */
  readonly put: (command: KeyCommand, keys: Combination) => void;
  readonly reset: (command: KeyCommand) => void;
  readonly resetAll: () => void;
  readonly setLetters: (on: boolean) => void;
}

export const useCustomKeys = create<CustomKeysState>()((set, get) => {
  const change = (next: CustomKeys): void => {
    set(next);
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // The choice then lasts as long as the page.
    }
  };
  return {
    ...kept(),
    put: (command, keys) => {
      const { keys: before, letters } = get();
      const lost = conflictOf(keys, command, { keys: before, letters })?.command;
      change({ keys: { ...before, ...(lost == null ? {} : { [lost]: [] }), [command]: keys }, letters });
    },
    reset: (command) => {
      const { keys, letters } = get();
      change({ keys: Object.fromEntries(Object.entries(keys).filter(([one]) => one !== command)), letters });
    },
    resetAll: () => change({ keys: {}, letters: get().letters }),
    setLetters: (letters) => change({ keys: get().keys, letters }),
  };
});

function kept(): CustomKeys {
  try {
    return parseCustomKeys(localStorage.getItem(KEY));
  } catch {
    return NO_CUSTOM_KEYS;
  }
}

/** Reads what was kept; what is not known any more is left out. */
export function parseCustomKeys(text: string | null): CustomKeys {
  let found: unknown = null;
  try {
    found = JSON.parse(text ?? "null");
  } catch {
    // Somebody else wrote there.
  }
  if (typeof found !== "object" || found === null) return NO_CUSTOM_KEYS;
  const { keys, letters } = found as Readonly<Record<string, unknown>>;
  const known = new Set(COMMANDS.flatMap((group) => group.rows).map((row) => row.command as string | null));
  const isCombination = (value: unknown): value is Combination =>
    Array.isArray(value) &&
    value.every((one) => typeof one === "string") &&
    value.slice(0, -1).every((one) => MODIFIERS.includes(one));
  const entries = typeof keys === "object" && keys !== null ? Object.entries(keys) : [];
  return {
    keys: Object.fromEntries(entries.filter(([command, value]) => known.has(command) && isCombination(value))),
    letters: letters !== false,
  };
}
