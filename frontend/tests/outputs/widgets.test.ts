// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { planOf } from "../../src/outputs/geo";
import { isLibraryName, moveLength, parseFromFrame, type FrameMove } from "../../src/outputs/frame/messages";
import { mathIn } from "../../src/outputs/frame/widgets/math";
import { isBokehPlace } from "../../src/outputs/mime";
import { hangingTogether, referencesIn } from "../../src/outputs/widgetGraph";
import type { WidgetModel } from "../../src/wire/widgets";

const model = (id: string, state: Record<string, unknown> = {}): [string, WidgetModel] => [
  id,
  { id, state, buffers: [], cell: null, run: null, alive: true, cut: false },
];
const ids = (models: readonly WidgetModel[]): string[] => models.map((each) => each.id).sort();

describe("what a frame says of a widget", () => {
  const move = { kind: "move", number: 1, widget: "a1", method: "update", state: { v: 1 }, paths: [], buffers: [] };

  it("is taken in the right shape", () => {
    expect(parseFromFrame(move)).toEqual({ ...move, content: null });
    expect(parseFromFrame({ ...move, method: "custom", state: undefined, content: [1] })).toMatchObject({
      content: [1],
    });
    expect(parseFromFrame({ kind: "library", name: "@scope/name" })).toEqual({ kind: "library", name: "@scope/name" });
  });

  it.each([
    { ...move, number: "1" },
    { ...move, number: 1.5 },
    { ...move, widget: "a b" },
    { ...move, widget: "../../run" },
    { ...move, widget: "x".repeat(300) },
    { ...move, method: "run" },
    { ...move, state: [1] },
    { ...move, state: "x" },
    { ...move, paths: [{}] },
    { ...move, paths: [["a", null]] },
    { ...move, paths: [Array(100).fill("a")] },
    { ...move, buffers: [1] },
    { ...move, buffers: Array(2000).fill("") },
    { ...move, buffers: "x" },
    { kind: "run", cells: "all" },
    { kind: "library", name: "../../api/me" },
    { kind: "library", name: "a/b" },
  ])("is dropped in another shape: %j", (message) => {
    expect(parseFromFrame(message)).toBeNull();
  });

  it("is not passed on where the server would not take it", () => {
    const round: Record<string, unknown> = {};
    round["round"] = round;
    const of = (state: Record<string, unknown>): FrameMove =>
      ({ ...move, content: null, state }) as unknown as FrameMove;
    expect(moveLength(of({ v: 1 }))).not.toBeNull();
    expect(moveLength(of({ v: "x".repeat(35_000_000) }))).toBeNull();
    expect(moveLength(of(round))).toBeNull();
    expect(moveLength(of({ v: 1n }))).toBeNull();
  });

  it("names libraries, and no paths", () => {
    expect(["jupyter-matplotlib", "@scope/a.b", "bqplot"].every(isLibraryName)).toBe(true);
    expect(["", ".", "..", "a/../b", "/a", "a b", "@a", "a?x"].some(isLibraryName)).toBe(false);
  });
});

describe("widgets that hang together", () => {
  const models = new Map([
    model("box", { children: ["IPY_MODEL_slider", "IPY_MODEL_out"], layout: "IPY_MODEL_layout" }),
    model("slider", { value: 1 }),
    model("layout"),
    model("out", { outputs: [{ data: { "application/vnd.jupyter.widget-view+json": { model_id: "inner" } } }] }),
    model("inner"),
    model("other"),
    model("link", {
      _model_name: "LinkModel",
      source: ["IPY_MODEL_slider", "value"],
      target: ["IPY_MODEL_far", "value"],
    }),
    model("far"),
    model("apart", { _model_name: "LinkModel", source: ["IPY_MODEL_other", "value"] }),
  ]);

  it("are what a widget is made of, and the links between", () => {
    expect(ids(hangingTogether(models, ["box"]))).toEqual(["box", "far", "inner", "layout", "link", "out", "slider"]);
    expect(ids(hangingTogether(models, ["inner"], new Set(["box", "layout"])))).toEqual(["inner"]);
    expect(hangingTogether(models, ["nothing"])).toEqual([]);
  });

  it("are found in rounds and in abysses without end", () => {
    const round = new Map([model("a", { b: "IPY_MODEL_b" }), model("b", { a: "IPY_MODEL_a" })]);
    expect(ids(hangingTogether(round, ["a"]))).toEqual(["a", "b"]);
    let deep: unknown = "IPY_MODEL_x";
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    expect(referencesIn(deep).size).toBe(0);
  });
});

it("finds the mathematics in the text of a label", () => {
  expect(mathIn("a $x^2$ b \\(y\\)").map(({ text, isMath }) => [text, isMath])).toEqual([
    ["a ", false],
    ["x^2", true],
    [" b ", false],
    ["y", true],
  ]);
  expect(mathIn("$$z$$")).toEqual([{ text: "z", isMath: true, isBlock: true }]);
  expect(mathIn("costs 5 $")).toEqual([{ text: "costs 5 $", isMath: false, isBlock: false }]);
});

describe("GeoJSON without a map", () => {
  it("keeps shapes, names and proportions", () => {
    const plan = planOf({
      type: "FeatureCollection",
      features: [
        { type: "Feature", properties: { name: "Here" }, geometry: { type: "Point", coordinates: [10, 60] } },
        {
          type: "Feature",
          properties: null,
          geometry: {
            type: "LineString",
            coordinates: [
              [10, 60],
              [14, 60],
            ],
          },
        },
        {
          type: "Feature",
          geometry: {
            type: "MultiPolygon",
            coordinates: [
              [
                [
                  [10, 60],
                  [14, 60],
                  [14, 62],
                  [10, 60],
                ],
              ],
            ],
          },
        },
      ],
    });
    expect(plan?.shapes.map((shape) => [shape.kind, shape.name])).toEqual([
      ["point", "Here"],
      ["line", ""],
      ["area", ""],
    ]);
    expect(plan?.bounds).toEqual([10, 60, 14, 62]);
    expect((plan?.width ?? 0) / (plan?.height ?? 1)).toBeCloseTo(1, 1); // 4° × cos 61° against 2°
  });

  it.each([
    null,
    5,
    "x",
    [],
    {},
    { type: "Point" },
    { type: "Point", coordinates: ["a", 1] },
    { type: "Polygon", coordinates: 5 },
  ])("is nothing to draw: %j", (value) => expect(planOf(value)).toBeNull());

  it("leaves out what is too much", () => {
    const many = { type: "MultiPoint", coordinates: Array.from({ length: 6000 }, (_, x) => [x / 100, 0]) };
    expect([planOf(many)?.shapes.length, planOf(many)?.left]).toEqual([5000, 1000]);
  });
});

it("takes Bokeh's empty places and its notice for nothing to see, and nothing else", () => {
  expect(isBokehPlace('\n  <div id="a-1" data-root-id="p1" style="display: contents;"></div>\n')).toBe(true);
  expect(isBokehPlace("<p>bokeh</p>")).toBe(false);
});
