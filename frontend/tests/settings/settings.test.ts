import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  combinationOf,
  conflictOf,
  customCommand,
  keysOf,
  NO_CUSTOM_KEYS,
  parseCustomKeys,
  useCustomKeys,
} from "../../src/cells/customKeys";
import { commandOf, type KeyPress } from "../../src/cells/keys";
import { HINTS, hints } from "../../src/settings/hints";
import { parseAppearance, PLAIN } from "../../src/ui/appearance";

const press = (key: string, also: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrl: false,
  meta: false,
  alt: false,
  shift: false,
  ...also,
});

describe("appearance", () => {
  it("takes what it knows and leaves the rest plain", () => {
    expect(parseAppearance('{"contrast":"more","text":16,"motion":"wild"}')).toEqual({
      contrast: "more",
      motion: "system",
      text: 16,
    });
    for (const kept of [null, "nonsense", "[1]", '{"text":99}']) expect(parseAppearance(kept)).toEqual(PLAIN);
  });
});

describe("keys that people change", () => {
  beforeEach(() => {
    useCustomKeys.getState().resetAll();
    useCustomKeys.getState().setLetters(true);
  });

  it("do what they were put on, and the old keys nothing", () => {
    useCustomKeys.getState().put("delete", ["Mod", "Alt", "D"]);
    const custom = useCustomKeys.getState();
    expect(commandOf(press("d", { ctrl: true, alt: true }), "edit", null, 0, custom).command).toBe("delete");
    expect(commandOf(press("d"), "command", { key: "d", at: 0 }, 10, custom).command).toBeNull();
    expect(keysOf("delete", [["D", "D"]], custom)).toEqual([["Mod", "Alt", "D"]]);
    useCustomKeys.getState().reset("delete");
    expect(commandOf(press("d"), "command", { key: "d", at: 0 }, 10, useCustomKeys.getState()).command).toBe("delete");
  });

  it("leave letters to whoever writes", () => {
    useCustomKeys.getState().put("comment", ["Q"]);
    const custom = useCustomKeys.getState();
    expect(customCommand(press("q"), "command", custom)).toBe("comment");
    expect(customCommand(press("q"), "edit", custom)).toBeNull();
  });

  it("say what has them already, which then has none", () => {
    expect(conflictOf(["Mod", "B"], "comment", NO_CUSTOM_KEYS)?.title).toBe("Show or hide the panel");
    useCustomKeys.getState().put("comment", ["Mod", "B"]);
    const custom = useCustomKeys.getState();
    expect(commandOf(press("b", { ctrl: true }), "edit", null, 0, custom).command).toBe("comment");
    expect(keysOf("panel", [["Mod", "B"]], custom)).toEqual([]);
  });

  it("work without letters alone, for those who switch them off", () => {
    useCustomKeys.getState().setLetters(false);
    const custom = useCustomKeys.getState();
    expect(commandOf(press("b"), "command", null, 0, custom).command).toBeNull();
    expect(commandOf(press("d"), "command", null, 0, custom).chord).toBeNull();
    expect(commandOf(press("ArrowDown"), "command", null, 0, custom).command).toBe("down");
    expect(commandOf(press("Enter", { shift: true }), "command", null, 0, custom).command).toBe("run-advance");
  });

  it("are named as they are printed", () => {
    expect(combinationOf(press("M", { shift: true }))).toEqual(["Shift", "M"]);
    expect(combinationOf(press("?", { shift: true }))).toEqual(["?"]);
    expect(combinationOf(press("ArrowUp", { alt: true }))).toEqual(["Alt", "↑"]);
    expect(combinationOf(press("Shift", { shift: true }))).toBeNull();
  });

  it("are read with care", () => {
    expect(parseCustomKeys('{"keys":{"delete":["X"],"gone":["Y"],"copy":"C","cut":["Bad","X"]},"letters":0}')).toEqual({
      keys: { delete: ["X"] },
      letters: true,
    });
    expect(parseCustomKeys("{")).toEqual(NO_CUSTOM_KEYS);
  });
});

describe("hints", () => {
  it("are five at most, and stay away once put away", () => {
    expect(HINTS.length).toBeLessThanOrEqual(5);
    const kept = new Map<string, string>();
    vi.stubGlobal("localStorage", { setItem: (key: string, value: string) => kept.set(key, value) });
    hints.again();
    hints.putAway(["run"]);
    expect(hints.get().map(({ id }) => id)).not.toContain("run");
    expect(kept.get("commonbook.hints")).toBe('["run"]');
    hints.putAway(HINTS.map(({ id }) => id));
    expect(hints.get()).toEqual([]);
    vi.unstubAllGlobals();
  });
});
