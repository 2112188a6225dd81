import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { initials, PEOPLE_COLORS, personColor } from "../../src/ui/person";

const css = readFileSync("src/ui/tokens.css", "utf8");

function block(selector: string): Map<string, string> {
  const start = css.indexOf(selector);
  const body = css.slice(css.indexOf("{", start) + 1, css.indexOf("}", start));
  return new Map([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

const themes = { light: block('[data-theme="light"]'), dark: block('[data-theme="dark"]') };
const strong = {
  light: block('[data-contrast="more"][data-theme="light"]'),
  dark: block('[data-contrast="more"][data-theme="dark"]'),
};
const both = block(":root {\n  /*");

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const mix = (a: string, b: string, share: number): string =>
  `#${[1, 3, 5]
    .map((at) => parseInt(a.slice(at, at + 2), 16) * share + parseInt(b.slice(at, at + 2), 16) * (1 - share))
    .map((value) => Math.round(value).toString(16).padStart(2, "0"))
    .join("")}`;

const hex = (map: Map<string, string>, name: string): string => {
  const value = map.get(name);
  if (value === undefined || !/^#[0-9a-f]{6}$/.test(value)) throw new Error(`no colour --${name}`);
  return value;
};

describe.each(["light", "dark"] as const)("tokens of the %s theme", (theme) => {
  const tokens = themes[theme];
  const texts = [
    "fg",
    "fg2",
    "fg3",
    "accent",
    "ok",
    "err",
    "syntax-keyword",
    "syntax-string",
    "syntax-number",
    "syntax-comment",
    "syntax-function",
    ...[...tokens.keys()].filter((name) => name.startsWith("ansi-")),
  ];

  it.each(texts)("reads --%s at 4.5:1 or more on bg, panel and card", (name) => {
    for (const ground of ["bg", "panel", "card"])
      expect(contrast(hex(tokens, name), hex(tokens, ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ["fg3", "accent-bg"],
    ["accent", "accent-bg"],
    ["warn", "warn-bg"],
    ["fg", "warn-bg"],
    ["err", "err-bg"],
    ["fg", "err-bg"],
    ["fg", "sel"],
  ])("reads --%s on --%s", (text, ground) => {
    expect(contrast(hex(tokens, text), hex(tokens, ground))).toBeGreaterThanOrEqual(4.5);
  });

  it("reads the ink and every other colour on the grounds of a terminal", () => {
    const grounds = [...both].filter(([name]) => name.startsWith("ground-"));
    expect(grounds.length).toBe(8);
    for (const [name, value] of grounds) {
      const [, colour = "", share = ""] =
        /^color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, var\(--card\)\)$/.exec(value) ?? [];
      const ground = mix(hex(tokens, colour), hex(tokens, "card"), Number(share) / 100);
      for (const text of ["fg", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan"])
        expect(contrast(hex(tokens, text), ground), `${text} on ${name}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("draws the borders of controls at 3:1", () => {
    for (const ground of ["bg", "panel", "card"])
      expect(contrast(hex(tokens, "line3"), hex(tokens, ground))).toBeGreaterThanOrEqual(3);
  });
});

describe("colours that carry white text", () => {
  it("defines the same tokens in both themes", () => {
    expect([...themes.dark.keys()].sort()).toEqual([...themes.light.keys()].sort());
  });

  it.each([
    "primary",
    "primary-hover",
    "danger",
    "danger-hover",
    ...Array.from({ length: PEOPLE_COLORS }, (_, index) => `person-${index}`),
  ])("--%s", (name) => {
    expect(contrast(hex(both, name), "#ffffff")).toBeGreaterThanOrEqual(4.5);
  });
});

describe("people", () => {
  it("draws any index the server may send", () => {
    expect([0, 9, 10, -1].map(personColor)).toEqual([
      "var(--person-0)",
      "var(--person-9)",
      "var(--person-0)",
      "var(--person-9)",
    ]);
  });

  it.each([
    ["Ada Lovelace", "AL"],
    ["ada", "A"],
    ["grace.hopper", "GH"],
    ["Jean-Luc de la Tour", "JT"],
    ["  ", "?"],
    ["𝒵oë Ångström", "𝒵Å"],
  ])("shortens %s to %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe.each(["light", "dark"] as const)("high contrast on the %s theme", (theme) => {
  const tokens = strong[theme];

  it("reads every text at 7:1 and shows every line at 3:1", () => {
    for (const name of tokens.keys()) {
      if (/^(fg|accent$|ok|err|warn$|syntax)/.test(name))
        expect(contrast(hex(tokens, name), hex(tokens, "bg")), name).toBeGreaterThanOrEqual(7);
      if (name.startsWith("line"))
        expect(contrast(hex(tokens, name), hex(tokens, "bg")), name).toBeGreaterThanOrEqual(3);
    }
  });
});
