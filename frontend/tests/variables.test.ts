import { describe, expect, it } from "vitest";
import { linePath } from "../src/variables/Plot";
import { chosen, keyOf, rowsOf, SHOWN_AT_FIRST, type Inside, type SortKey } from "../src/variables/rows";
import { originText, shapeText, sizeText, stateText } from "../src/variables/words";
import { VariableStore, type Variable, type VariablesMessage, type VariablesNow } from "../src/wire/variables";

const item = (name: string, more: Partial<Variable> = {}): Variable => ({
  name,
  kind: "number",
  type: "int",
  preview: "1",
  ...more,
});

const message = (more: Partial<VariablesMessage>): VariablesMessage => ({
  type: "variables",
  state: "current",
  whole: false,
  as_of: "2026-01-05T09:30:00Z",
  total: 0,
  reason: "",
  items: [],
  gone: [],
  ...more,
});

const now = (more: Partial<VariablesNow>): VariablesNow => ({
  state: "current",
  asOf: "2026-01-05T09:30:00Z",
  total: 0,
  reason: "",
  items: new Map(),
  ...more,
});

describe("what is shown", () => {
  const items = [
    item("x10", { size: 5 }),
    item("x9", { size: 50, shape: [2, 3] }),
    item("np", { kind: "module", type: "module" }),
    item("sales", { kind: "frame", type: "DataFrame", shape: [9, 9], size: 500 }),
  ];
  const names = (text: string, key: SortKey = "name", down = false): string[] =>
    chosen(items, { text, groups: SHOWN_AT_FIRST, sort: { key, down } }).map((one) => one.name);

  it("hides modules, sorts numbers in names, and filters by name and type", () => {
    expect(names("")).toEqual(["sales", "x9", "x10"]);
    expect(names(" FRAME ")).toEqual(["sales"]);
    expect(names("np")).toEqual([]);
    expect(names("", "size", true)).toEqual(["sales", "x9", "x10"]);
    expect(names("", "shape")).toEqual(["x10", "x9", "sales"]);
  });

  it("puts what is unfolded below its row, and says what is missing", () => {
    const inside = new Map<string, Inside>([
      [keyOf(["d"]), { state: "known", items: [item("a", { children: true }), item("b")], total: 5 }],
      [keyOf(["d", 0]), { state: "failed", reason: "Gone." }],
    ]);
    const rows = rowsOf([item("d", { children: true }), item("e", { children: true })], inside);
    expect(rows.map((row) => [row.kind, row.depth])).toEqual([
      ["item", 0],
      ["item", 1],
      ["note", 2],
      ["item", 1],
      ["more", 1],
      ["item", 0],
    ]);
    expect(rows[4]).toMatchObject({ start: 2, left: 3 });
  });
});

describe("words", () => {
  it("tells shape and size", () => {
    expect(shapeText(item("x", { shape: [1000, 3] }))).toBe("1,000 × 3");
    expect(shapeText(item("x", { shape: [] }))).toBe("one value");
    expect(shapeText(item("x", { length: 5 }))).toBe("5");
    expect(sizeText(item("x", { size: 28 }))).toBe("28 B");
    expect(sizeText(item("x", { size: 2048 }))).toBe("2 KiB");
    expect(sizeText(item("x"))).toBe("");
  });

  it("names who set a variable, and says so where the cell changed or is gone", () => {
    const origin = { by: "a", by_name: "Ada", cell: "c", run: "r", at: "2026-01-05T09:30:00", edited: true };
    const today = new Date("2026-01-05T12:00:00");
    const said = (cell: string | null): string => Object.values(originText("Set", origin, cell, today)).join("");
    expect(said("cell 4")).toBe("Set by Ada in cell 4 at 09:30; the cell was edited since");
    expect(said(null)).toBe("Set by Ada in a deleted cell at 09:30");
    const later = originText("Set", origin, "cell 4", new Date("2026-01-07T12:00:00"));
    expect(later.after).toBe(" at 5 Jan, 09:30; the cell was edited since");
  });

  it("says of when old news is, and nothing where all is well", () => {
    expect(stateText(now({ items: new Map([["x", item("x")]]), total: 1 }))).toBeNull();
    expect(stateText(now({ total: 5000 }))?.text).toBe("Showing 0 of 5,000 variables.");
    expect(stateText(now({ state: "late" }))?.text).toMatch(/as of \d\d:\d\d:\d\d/);
    expect(stateText(now({ state: "unavailable", reason: "It needs Python." }))?.text).toBe("It needs Python.");
  });
});

describe("the line of a plot", () => {
  it("has gaps where numbers are missing, and stays finite for huge ones", () => {
    const path = linePath([0, 1, null, 1], 0, 1);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).toContain("h0.01");
    expect(linePath([-1e308, 1e308], -1e308, 1e308)).not.toMatch(/NaN|Infinity/);
    expect(linePath([3, 3], 3, 3)).not.toContain("NaN");
  });
});

describe("the store", () => {
  it("keeps what did not change, and takes nothing before the whole", () => {
    const store = new VariableStore(() => undefined);
    store.receive(message({ items: [item("early")] }));
    expect(store.now.get()).toBeNull();
    store.receive(message({ whole: true, items: [item("x"), item("y")] }));
    store.receive(message({ items: [item("x", { preview: "2" })], gone: ["y"] }));
    expect([...(store.now.get()?.items.values() ?? [])].map((one) => one.preview)).toEqual(["2"]);
    store.receive(message({ whole: true, state: "none" }));
    expect(store.now.get()?.items.size).toBe(0);
  });

  it("looks once for all who look, and again after a reconnect", () => {
    const asked: boolean[] = [];
    const store = new VariableStore((open) => asked.push(open));
    store.reconnected();
    const ends = [store.look(), store.look()];
    store.reconnected();
    for (const end of ends) end();
    store.reconnected();
    expect(asked).toEqual([true, true, false]);
  });
});
