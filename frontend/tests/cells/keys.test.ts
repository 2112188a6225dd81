import { describe, expect, it } from "vitest";
import { commandOf, type KeyMode, type KeyPress } from "../../src/cells/keys";
import { LostText } from "../../src/cells/lostText";
import { toggleFolds } from "../../src/cells/folds";
import { createView, extendTo, activate, settle } from "../../src/cells/ui";

const press = (key: string, also: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrl: false,
  meta: false,
  alt: false,
  shift: false,
  ...also,
});
const command = (key: string, mode: KeyMode, also: Partial<KeyPress> = {}) =>
  commandOf(press(key, also), mode, null, 0).command;

describe("keys after the text under the hands has gone", () => {
  it("are not taken for commands until the hands pause or the person looks up", () => {
    const text = new LostText();
    expect(text.takes("d", 0)).toBe(false);
    text.lost(1000);
    expect([text.takes("d", 1100), text.takes("Enter", 2500), text.takes("d", 3900)]).toEqual([true, true, true]);
    expect(text.takes("d", 5400)).toBe(false);
    text.lost(6000);
    expect([text.takes("d", 6100), text.takes("Escape", 6200), text.takes("d", 6300)]).toEqual([true, false, false]);
  });
});

describe("keys", () => {
  it.each([
    ["B", {}, "insert-below"],
    ["z", { shift: true }, "redo"],
    ["z", { ctrl: true }, "undo"],
    ["z", { meta: true, shift: true }, "redo"],
    ["y", { ctrl: true }, "redo"],
  ] as const)("%s with Caps Lock or a modifier", (key, also, expected) => {
    expect(command(key, "command", also)).toBe(expected);
  });

  it.each([
    ["j", {}, "down"],
    ["ArrowUp", {}, "up"],
    ["b", {}, "insert-below"],
    ["Z", { shift: true }, "redo"],
    ["ArrowDown", { shift: true }, "extend-down"],
    ["ArrowDown", { alt: true }, "move-down"],
    ["Enter", { shift: true }, "run-advance"],
    ["Enter", { meta: true }, "run-stay"],
    ["Enter", { alt: true }, "run-insert"],
    ["s", { ctrl: true }, "save"],
    ["?", { shift: true }, "help"],
  ] as const)("%s in the list", (key, also, expected) => {
    expect(command(key, "command", also)).toBe(expected);
  });

  it("leaves letters to the editor", () => {
    for (const key of ["a", "b", "d", "j", "z", "?", "ArrowUp", " "]) expect(command(key, "edit")).toBeNull();
    expect(command("Escape", "edit")).toBe("leave");
    expect(command("z", "edit", { ctrl: true })).toBeNull();
    expect(command("Enter", "edit", { shift: true })).toBe("run-advance");
  });

  it("leaves Enter and Space to a focused button, and Ctrl combinations to the browser", () => {
    expect(command("Enter", "control")).toBeNull();
    expect(command(" ", "control")).toBeNull();
    expect(command("c", "command", { ctrl: true })).toBeNull();
    expect(command("v", "command", { meta: true })).toBeNull();
  });

  it("wants both halves of a chord, of one key, in time", () => {
    const first = commandOf(press("d"), "command", null, 1000);
    expect(first).toEqual({ command: null, chord: { key: "d", at: 1000 } });
    expect(commandOf(press("d"), "command", first.chord, 1500).command).toBe("delete");
    expect(commandOf(press("d"), "command", first.chord, 1900).command).toBeNull();
    expect(commandOf(press("i"), "command", first.chord, 1100).command).toBeNull();
    expect(commandOf(press("j"), "command", first.chord, 1100)).toEqual({ command: "down", chord: null });
  });
});

describe("the selection", () => {
  const order = ["a", "b", "c", "d"];

  it("stretches from where it began", () => {
    const view = createView();
    activate(view, "b");
    extendTo(view, order, "c");
    extendTo(view, order, "d");
    expect([...view.getState().selected]).toEqual(["b", "c", "d"]);
    extendTo(view, order, "a");
    expect([...view.getState().selected]).toEqual(["a", "b"]);
  });

  it("moves to the next living cell when its own is deleted", () => {
    const view = createView();
    activate(view, "b");
    settle(view, order, ["a", "c", "d"]);
    expect(view.getState().active).toBe("c");
    activate(view, "d");
    settle(view, ["a", "c", "d"], ["a", "c"]);
    expect(view.getState().active).toBe("c");
    settle(view, ["a", "c"], []);
    expect(view.getState().active).toBeNull();
  });

  it("folds all of several, then shows all of them", () => {
    const view = createView();
    toggleFolds(view, "folded", ["a"]);
    toggleFolds(view, "folded", ["a", "b"]);
    expect([...view.getState().folded]).toEqual(["a", "b"]);
    toggleFolds(view, "folded", ["a", "b"]);
    expect(view.getState().folded.size).toBe(0);
  });
});
