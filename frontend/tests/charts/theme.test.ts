import { describe, expect, it } from "vitest";
import { compile, type Config as LiteConfig, type TopLevelSpec } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";
import { Error as ErrorsOnly, parse, View, type Config, type Runtime } from "vega";
import { configOf } from "../../src/charts/theme";

const COLORS = {
  fg: "#111111",
  fg2: "#222222",
  line: "#333333",
  line2: "#444444",
  accent: "#2461c9",
  series: ["#2461c9", "#c8641b"],
  font: "Inter",
};

const BARS = {
  data: { values: [{ a: "x", b: 1 }] },
  transform: [{ calculate: "datum.b * 2", as: "c" }],
  mark: "bar",
  encoding: { x: { field: "a" }, y: { field: "c", type: "quantitative" } },
};

function runtimeOf(spec: object, config: Config): Runtime {
  return parse(compile(spec as TopLevelSpec, { config: config as LiteConfig }).spec, undefined, { ast: true });
}

describe("charts", () => {
  it("are drawn in the page's colours, and their expressions run without eval", async () => {
    const view = new View(runtimeOf(BARS, configOf(COLORS)), {
      renderer: "none",
      logLevel: ErrorsOnly,
      expr: expressionInterpreter,
    });
    const picture = await view.toSVG();
    view.finalize();
    expect(picture).toContain('fill="#2461c9"');
    expect(picture).toContain('fill="#222222"');
  });
});
