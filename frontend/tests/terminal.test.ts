import { describe, expect, it } from "vitest";
import { meaningOf, type Key } from "../src/terminal/keys";

const key = (name: string, held: Partial<Key> = {}): Key => ({
  key: name,
  ctrl: false,
  shift: false,
  alt: false,
  meta: false,
  ...held,
});

describe("which keys a terminal leaves to the page", () => {
  it("interrupts with Ctrl+C, and copies where something is selected", () => {
    expect(meaningOf(key("c", { ctrl: true }), false)).toBe("type");
    expect(meaningOf(key("c", { ctrl: true }), true)).toBe("copy");
    expect(meaningOf(key("C", { ctrl: true, shift: true }), false)).toBe("copy");
    expect(meaningOf(key("c", { meta: true }), true)).toBe("copy");
  });

  it("pastes with Ctrl+V or ⌘V", () => {
    expect(meaningOf(key("v", { ctrl: true }), false)).toBe("paste");
    expect(meaningOf(key("v", { meta: true }), false)).toBe("paste");
    expect(meaningOf(key("v"), false)).toBe("type");
  });

  it("is left by F6, while Tab and Escape stay the shell's", () => {
    expect(meaningOf(key("F6"), false)).toBe("leave");
    expect(meaningOf(key("F6", { shift: true }), false)).toBe("leave");
    expect(meaningOf(key("F6", { ctrl: true }), false)).toBe("type");
    expect(meaningOf(key("Tab"), false)).toBe("type");
    expect(meaningOf(key("Escape"), false)).toBe("type");
  });
});
