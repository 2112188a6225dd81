import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  assigned,
  assignment,
  carriedOver,
  definedIn,
  definitionJson,
  isVariable,
  readDefinition,
  type InputValue,
} from "../../src/model/inputs";

interface Entry {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly value: InputValue;
  readonly text: string;
}

const corpus = JSON.parse(readFileSync(new URL("../../../tests/data/inputs.json", import.meta.url), "utf8")) as Entry[];
const defined = (more: object) => readDefinition(JSON.stringify({ kind: "input", name: "x", ...more }));

describe("the text of an input", () => {
  it.each(corpus)("is the one that the server writes: $text", ({ definition, value, text }) => {
    const found = defined(definition);
    expect(found).not.toBeNull();
    if (found === null) return;
    expect(assignment(found, value)).toBe(`x = ${text}`);
    expect(assigned("x", `x = ${text}`)).toBe(value);
  });

  it.each([
    "",
    "y = 1",
    "x == 1",
    "x = 1; y = 2",
    "x = 1\ny = 2",
    "x = f'{y}'",
    "x = 'a' + 'b'",
    "x = 'a' 'b'",
    "x = '''a'''",
    "x = __import__('os')",
    'x = __import__("os").date(1, 1, 1)',
    'x = __import__("datetime").date(2026, 2, 30)',
    "x = 1e999",
    "x = '\u2028!ls'",
    "x = 'a\u0085b'",
    "x = 'a\u00a0b'",
    " x = 1",
    "x = 1 # y",
    "x = 1\r!ls",
    String.raw`x = '\ud800'`,
    String.raw`x = '\U99999999'`,
    String.raw`x = '\N{BULLET}'`,
  ])("holds no value where it does more than assign a literal: %j", (source) => {
    expect(assigned("x", source)).toBeNull();
  });

  it("may be typed by hand", () => {
    expect(assigned("größe", "größe=5\n")).toBe(5);
    expect(assigned("x", String.raw`x = 'it\'s'`)).toBe("it's");
  });
});

describe("a definition", () => {
  it.each([
    "",
    "[]",
    "no json",
    '{"kind":"sql"}',
    '{"kind":"input","control":"text"}',
    '{"kind":"input","control":"text","name":"class"}',
    '{"kind":"input","control":"slider","name":"x","min":1e999}',
    '{"kind":"input","control":"slider","name":"x","min":5,"max":5}',
    '{"kind":"input","control":"select","name":"x","options":[{}]}',
    '{"kind":"input","control":"date","name":"x","min":"soon"}',
    '{"kind":"input","control":"password","name":"x"}',
    '{"kind":"input","control":"text","name":"x","runs":"all"}',
  ])("that makes no sense is none: %s", (json) => {
    expect(readDefinition(json)).toBeNull();
  });

  it("comes back as it was written, and what an import keeps stays beside it", () => {
    const slider = defined({ control: "slider", label: "Rate", min: 0, max: 1, step: 0.1, runs: "cell" });
    expect(slider).not.toBeNull();
    if (slider === null) return;
    expect(readDefinition(definitionJson(slider))).toEqual(slider);
    const beside = definedIn('{"kind":"input","control":"text","name":"y","id":"c1","kept":{"a":1}}', slider);
    expect(JSON.parse(beside ?? "")).toMatchObject({ kind: "input", name: "x", id: "c1", kept: { a: 1 } });
    expect(definedIn(beside ?? "", null)).toBe('{"id":"c1","kept":{"a":1}}');
    expect(definedIn('{"kind":"input"}', null)).toBeNull();
  });

  it.each(["", "1", "a b", "a.b", "None", "__x", "ﬁ", "a;b", "x".repeat(65)])("takes no variable %j", (name) => {
    expect(isVariable(name)).toBe(false);
  });

  it("keeps the value where it still fits", () => {
    const slider = defined({ control: "slider", min: 0, max: 10 });
    const select = defined({ control: "select", options: ["a", "b"] });
    if (slider === null || select === null) throw new Error("these are sound");
    expect(carriedOver(slider, 50, "2026-01-01")).toBe(10);
    expect(carriedOver(slider, "text", "2026-01-01")).toBe(0);
    expect(carriedOver(select, "b", "2026-01-01")).toBe("b");
    expect(carriedOver(select, "c", "2026-01-01")).toBe("a");
  });
});
