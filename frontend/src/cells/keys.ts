/** Jupyter's keys, from a key press to the name of what it means. Pure. */

import { customCommand, NO_CUSTOM_KEYS, type CustomKeys } from "./customKeys";

export type KeyCommand =
  | "up"
  | "down"
  | "extend-up"
  | "extend-down"
  | "first"
  | "last"
  | "edit"
  | "leave"
  | "insert-above"
  | "insert-below"
  | "delete"
  | "copy"
  | "cut"
  | "paste"
  | "undo"
  | "redo"
  | "to-markdown"
  | "to-code"
  | "to-raw"
  | "to-sql"
  | "insert-sql"
  | "move-up"
  | "move-down"
  | "merge"
  | "split"
  | "fold-output"
  | "fold-code"
  | "fold-section"
  | "fold-sections"
  | "fold-all"
  | "unfold-all"
  | "go-to-line"
  | "bin"
  | "interrupt"
  | "restart"
  | "scroll-down"
  | "scroll-up"
  | "select-all"
  | "run-advance"
  | "run-stay"
  | "run-insert"
  | "save"
  | "help"
  | "panel"
  | "find"
  | "replace"
  | "palette"
  | "comment"
  | "format"
  | "format-all";

export interface KeyPress {
  readonly key: string;
  /** The key's place on the keyboard, where its character depends on Alt. */
  readonly code?: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

/**
 * `edit`: the caret is in an editor. `command`: the focus is in the list. `control`: on a button inside it.
 * `elsewhere`: in another part of the page, where only what holds anywhere counts.
 */
export type KeyMode = "edit" | "command" | "control" | "elsewhere";

export interface Chord {
  readonly key: string;
  readonly at: number;
}

export interface KeyAnswer {
  readonly command: KeyCommand | null;
  /** The first half of `d d`, `i i`, `0 0`. */
  readonly chord: Chord | null;
}

const CHORD_MS = 800;
const CHORDS: Readonly<Record<string, KeyCommand>> = { d: "delete", i: "interrupt", "0": "restart" };

const PLAIN: Readonly<Record<string, KeyCommand>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  k: "up",
  j: "down",
  Home: "first",
  End: "last",
  Enter: "edit",
  a: "insert-above",
  b: "insert-below",
  c: "copy",
  x: "cut",
  v: "paste",
  z: "undo",
  m: "to-markdown",
  y: "to-code",
  r: "to-raw",
  o: "fold-output",
  " ": "scroll-down",
  "?": "help",
};

const SHIFTED: Readonly<Record<string, KeyCommand>> = {
  ArrowUp: "extend-up",
  ArrowDown: "extend-down",
  K: "extend-up",
  J: "extend-down",
  Z: "redo",
  M: "merge",
  O: "fold-code",
  H: "fold-section",
  " ": "scroll-up",
  "?": "help",
};

/** With Ctrl or ⌘, wherever the focus is. */
const ANYWHERE: Readonly<Record<string, KeyCommand>> = {
  s: "save",
  b: "panel",
  f: "find",
  h: "replace",
  k: "palette",
};

const NOTHING: KeyAnswer = { command: null, chord: null };
const answer = (command: KeyCommand | undefined): KeyAnswer =>
  command === undefined ? NOTHING : { command, chord: null };

/** What a key press means, with the keys that somebody has changed; `chord` is what the last answer held. */
export function commandOf(
  press: KeyPress,
  mode: KeyMode,
  chord: Chord | null,
  now: number,
  custom: CustomKeys = NO_CUSTOM_KEYS,
): KeyAnswer {
  const own = customCommand(press, mode, custom);
  if (own !== null) return answer(own);
  if (!custom.letters && mode !== "edit" && isLetterAlone(press)) return NOTHING;
  const found = standardCommand(press, mode, chord, now);
  return found.command !== null && custom.keys[found.command] !== undefined ? NOTHING : found;
}

const isLetterAlone = ({ key, ctrl, meta, alt }: KeyPress): boolean =>
  key.length === 1 && key !== " " && !ctrl && !meta && !alt;

function standardCommand(press: KeyPress, mode: KeyMode, chord: Chord | null, now: number): KeyAnswer {
  const { key, alt, shift } = press;
  const mod = press.ctrl || press.meta;
  const anywhere = mod && !alt && !shift ? ANYWHERE[key.toLowerCase()] : undefined;
  if (anywhere !== undefined) return answer(anywhere);
  if (mode === "elsewhere") return NOTHING;
  if (key === "Enter") {
    if (shift && !mod && !alt) return answer("run-advance");
    if (mod && !shift && !alt) return answer("run-stay");
    if (alt && !shift && !mod) return answer("run-insert");
  }
  // Alt makes another letter of it on some keyboards.
  if (mod && alt && !shift && (key.toLowerCase() === "m" || key === "µ")) return answer("comment");
  if (alt && shift && !mod && press.code === "KeyF") return answer("format");
  if (mode === "edit") {
    if (key === "Escape" && !mod && !alt && !shift) return answer("leave");
    if (mod && shift && (key === "-" || key === "_")) return answer("split");
    return NOTHING;
  }
  if (alt && !mod && !shift && (key === "ArrowUp" || key === "ArrowDown"))
    return answer(key === "ArrowUp" ? "move-up" : "move-down");
  if (mode === "control" && (key === "Enter" || key === " ")) return NOTHING;
  if (mod && !alt && !shift && key.toLowerCase() === "a") return answer("select-all");
  if (mod && !alt && key.toLowerCase() === "z") return answer(shift ? "redo" : "undo");
  if (mod && !alt && !shift && key.toLowerCase() === "y") return answer("redo");
  if (mod || alt) return NOTHING;
  // By the letter and not by its case, which Caps Lock turns round.
  const letter = key.length === 1 ? (shift ? key.toUpperCase() : key.toLowerCase()) : key;
  if (shift) return answer(SHIFTED[letter]);
  const doubled = CHORDS[letter];
  if (doubled === undefined) return answer(PLAIN[letter]);
  if (chord !== null && chord.key === letter && now - chord.at <= CHORD_MS) return answer(doubled);
  return { command: null, chord: { key: letter, at: now } };
}
