/** The colours and fonts of the page as a Vega configuration. Pure, but for reading the tokens of an element. */
import type { Config } from "vega";

export interface ChartColors {
  readonly fg: string;
  readonly fg2: string;
  readonly line: string;
  readonly line2: string;
  readonly accent: string;
  readonly series: readonly string[];
  readonly font: string;
}

const SERIES = ["--chart-0", "--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6", "--chart-7"];

export function colorsOf(element: Element): ChartColors {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    fg: token("--fg"),
    fg2: token("--fg2"),
    line: token("--line"),
    line2: token("--line2"),
    accent: token("--accent"),
    series: SERIES.map(token).filter((color) => color !== ""),
    font: token("--font-ui"),
  };
}

export function configOf(colors: ChartColors): Config {
  const text = { labelFont: colors.font, titleFont: colors.font, labelColor: colors.fg2, titleColor: colors.fg2 };
  return {
    background: "transparent",
    font: colors.font,
    axis: {
      ...text,
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 500,
      titlePadding: 8,
      labelPadding: 6,
      gridColor: colors.line,
      domainColor: colors.line2,
      tickColor: colors.line2,
      ticks: false,
      labelLimit: 160,
    },
    legend: { ...text, labelFontSize: 11, titleFontSize: 12, titleFontWeight: 500, symbolType: "circle" },
    header: text,
    title: { font: colors.font, color: colors.fg, fontSize: 14, fontWeight: 600, anchor: "start", offset: 12 },
    view: { stroke: "transparent" },
    range: { category: [...colors.series] },
    bar: { fill: colors.accent, cornerRadiusEnd: 3 },
    line: { stroke: colors.accent, strokeWidth: 2 },
    point: { fill: colors.accent },
    rule: { stroke: colors.fg2 },
    tick: { fill: colors.fg2 },
    text: { fill: colors.fg, font: colors.font },
  } as unknown as Config;
}
