import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { CellActions } from "../../src/cells/actions";
import { NotebookUndo } from "../../src/cells/undo";
import { sliderText } from "../../src/inputs/controls";
import { definitionOf } from "../../src/inputs/InputDialog";
import { begin, KINDS } from "../../src/inputs/kinds";
import { heldBy } from "../../src/inputs/status";
import { cellMap, cellsOf } from "../../src/model/cells";
import {
  CONTROLS,
  definitionText,
  guessed,
  readDefinition,
  shownValue,
  type InputDefinition,
} from "../../src/model/inputs";
import type { Run } from "../../src/model/run";

const run = (more: Partial<Run>): Run => ({
  run: "r",
  by: "u",
  byName: "Ada",
  state: "done",
  count: 1,
  queued: null,
  started: "2026-01-05T12:00:00Z",
  ended: "2026-01-05T12:00:01Z",
  stale: false,
  suggestion: null,
  movedBy: null,
  movedAt: null,
  ahead: null,
  ...more,
});

describe("what the kernel holds", () => {
  const kernel = { state: "idle", startedAt: "2026-01-05T11:00:00Z" } as const;
  it.each([
    ["held", run({}), kernel],
    ["behind", null, kernel],
    ["behind", run({ stale: true }), kernel],
    ["behind", run({}), { ...kernel, startedAt: "2026-01-05T13:00:00Z" }],
    ["behind", run({ state: "cancelled" }), kernel],
    ["failed", run({ state: "error" }), kernel],
    ["setting", run({ state: "queued" }), kernel],
    ["setting", run({ state: "running" }), { ...kernel, state: "starting" }],
    ["none", run({}), { ...kernel, state: "dead" }],
    ["none", null, { state: "none", startedAt: null }],
  ] as const)("is %s", (held, last, now) => {
    expect(heldBy(last, now)).toBe(held);
  });
});

describe("a definition that somebody types", () => {
  const draft = {
    control: "slider",
    name: "alpha",
    label: "Rate",
    runs: "dependants",
    lines: false,
    min: "0",
    max: "1,5",
    step: "",
    options: "",
    held: "here",
    variable: "",
  } as const;

  it("is taken where it makes sense", () => {
    expect(definitionOf(draft)).toMatchObject({ control: "slider", name: "alpha", min: 0, max: 1.5, step: 1 });
    expect(definitionOf({ ...draft, control: "select", options: 'a\n\n 2 \n"3"\na\n0x10' })).toMatchObject({
      options: ["a", 2, "3", 16],
      variable: "",
    });
    expect(definitionOf({ ...draft, control: "select", held: "variable", variable: " regions " })).toMatchObject({
      options: [],
      variable: "regions",
    });
  });

  it.each([
    ["name", { name: "class" }],
    ["name", { name: "a b" }],
    ["label", { label: "l".repeat(201) }],
    ["max", { min: "5", max: "5" }],
    ["max", { min: "200", max: "" }],
    ["min", { min: "low" }],
    ["step", { step: "0" }],
    ["options", { control: "select", options: "\n" }],
    ["options", { control: "select", options: "o".repeat(201) }],
    ["variable", { control: "select", held: "variable", variable: "two words" }],
    ["variable", { control: "select", held: "variable", variable: "alpha" }],
    ["min", { control: "date", min: "soon", max: "" }],
    ["max", { control: "date", min: "2026-02-01", max: "2026-01-01" }],
  ] as const)("names the field that is wrong: %s of %j", (field, change) => {
    const found = definitionOf({ ...draft, ...change });
    expect("faults" in found ? Object.keys(found.faults) : []).toEqual([field]);
  });
});

describe("an input in the document", () => {
  function notebook() {
    const doc = new Y.Doc();
    const actions = new CellActions(doc, new NotebookUndo(doc, () => undefined));
    const text = (id: string): string => (cellMap(cellsOf(doc), id)?.get("source") as Y.Text).toJSON();
    const definition = (id: string) => readDefinition(definitionText(cellMap(cellsOf(doc), id)));
    return { doc, actions, text, definition };
  }

  it("of each kind begins with a form that shows its value", () => {
    const { actions, text, definition } = notebook();
    expect(KINDS.map(({ control }) => control)).toEqual([...CONTROLS]);
    for (const control of CONTROLS) {
      const made = begin(control, () => false);
      const id = actions.insertInput(null, made);
      expect(definition(id)).toEqual(made);
      expect(shownValue(made, text(id))).not.toBeNull();
    }
    expect(begin("slider", (name) => ["amount", "amount_2"].includes(name)).name).toBe("amount_3");
  });

  it("keeps its value under another name, and becomes plain code again", () => {
    const { actions, text, definition } = notebook();
    const slider = begin("slider", () => false) as Extract<InputDefinition, { control: "slider" }>;
    const id = actions.insertInput(null, slider);
    actions.setValue(id, slider, 7);
    expect(text(id)).toBe("amount = 7");
    actions.define(id, { ...slider, name: "alpha", step: 0.5 });
    expect(text(id)).toBe("alpha = 7.0");
    actions.define(id, null);
    expect([text(id), definition(id)]).toEqual(["alpha = 7.0", null]);
    actions.define(id, guessed(text(id)));
    expect([text(id), definition(id)?.control]).toEqual(["alpha = 7", "number"]);
  });

  it("shows no form for a value of another kind", () => {
    const at = (control: InputDefinition["control"], source: string) =>
      shownValue({ ...begin(control, () => false), name: "x" }, source);
    expect(at("text", 'x = __import__("datetime").date(2026, 1, 5)')).toBeNull();
    expect(at("date", 'x = "2026-01-05"')).toBeNull();
    expect(at("date", 'x = __import__("datetime").date(2026, 1, 5)')).toBe("2026-01-05");
    expect(at("text", "x = \"__import__('os')\"")).toBe("__import__('os')");
    expect(at("slider", 'x = "5"')).toBeNull();
    expect(at("checkbox", "x = 1")).toBeNull();
  });
});

it("keeps what belongs to no cell with the notebook", () => {
  const doc = new Y.Doc();
  const actions = new CellActions(doc, new NotebookUndo(doc, () => undefined));
  actions.setMeta(null, "shared", "x");
  expect(doc.getMap("meta").get("shared")).toBe("x");
  actions.setMeta(null, "shared", null);
  expect(doc.getMap("meta").has("shared")).toBe(false);
});

it("tells a slider's value with the digits of its step, and never another value", () => {
  expect([sliderText(0.3, 0.1), sliderText(1, 0.25), sliderText(5, 1), sliderText(0.35, 0.1)]).toEqual([
    "0.3",
    "1.00",
    "5",
    "0.35",
  ]);
});
