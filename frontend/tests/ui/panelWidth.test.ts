// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { clampWidth, readWidth, writeWidth } from "../../src/ui/panelWidth";

const limits = { initial: 256, min: 200, max: 400 };

beforeEach(() => localStorage.clear());

describe("panel widths", () => {
  it.each([
    [300, 300],
    [10, 200],
    [4000, 400],
    [Number.NaN, 256],
    [299.6, 300],
  ])("keeps %d within the limits as %d", (width, kept) => {
    expect(clampWidth(width, limits)).toBe(kept);
  });

  it("remembers each panel by itself and survives what others wrote there", () => {
    writeWidth("notebook.left", 333);
    expect(readWidth("notebook.left", limits)).toBe(333);
    expect(readWidth("notebook.right", limits)).toBe(256);
    localStorage.setItem("commonbook.panel.notebook.left", "wide");
    expect(readWidth("notebook.left", limits)).toBe(256);
  });
});
