import { describe, expect, test } from "vitest";
import { belongsToEditor, type KeySet } from "../../src/cells/keymaps";
import { commandOf } from "../../src/cells/keys";

const press = (key: string, more: Partial<Record<"ctrl" | "meta" | "alt", boolean>> = {}) => ({
  key,
  ctrl: true,
  meta: false,
  alt: false,
  ...more,
});

describe("keys of other editors", () => {
  test.each<[KeySet, string, boolean]>([
    ["usual", "f", false],
    ["vim", "f", true],
    ["vim", "k", false],
    ["vim", "Enter", false],
    ["emacs", "k", true],
    ["emacs", "Enter", false],
  ])("%s: Ctrl+%s", (keys, key, expected) => {
    expect(belongsToEditor(keys, press(key))).toBe(expected);
  });

  test("⌘ stays the page's", () => {
    expect(belongsToEditor("emacs", press("k", { ctrl: false, meta: true }))).toBe(false);
  });

  test("formatting is asked by where the key is, since Alt changes its character", () => {
    const keys = { key: "Ï", code: "KeyF", ctrl: false, meta: false, alt: true, shift: true };
    expect(commandOf(keys, "edit", null, 0).command).toBe("format");
    expect(commandOf(keys, "elsewhere", null, 0).command).toBe(null);
  });
});
