/** Plotly figures, in the colours of the page: whatever the figure sets itself stays as it is. */
import { loadPlotly } from "./libraries";

type Fields = Record<string, unknown>;

interface Figure {
  data: unknown;
  layout: Fields;
  config: Fields;
  frames: unknown;
}

/** Draw a figure; returns what draws it again in another theme. */
export async function drawPlotly(root: HTMLElement, json: string, dark: boolean): Promise<(dark: boolean) => void> {
  const figure = read(json);
  await loadPlotly();
  const plotly = window.Plotly;
  if (plotly === undefined) throw new Error("The chart could not be drawn.");
  const place = document.createElement("div");
  root.append(place);
  const config = { responsive: true, displaylogo: false, ...figure.config };
  const draw = (isDark: boolean): Promise<unknown> =>
    plotly.react(place, { data: figure.data, layout: themed(figure.layout, isDark), frames: figure.frames, config });
  await draw(dark);
  return (isDark) => void draw(isDark);
}

function read(json: string): Figure {
  const value = JSON.parse(json) as Partial<Figure> | null;
  if (typeof value !== "object" || value === null) throw new Error("This is no figure.");
  return { data: value.data ?? [], layout: value.layout ?? {}, config: value.config ?? {}, frames: value.frames ?? [] };
}

const LINES = ["xaxis", "yaxis", "zaxis"];

/** A layout whose template has the page's colours: a template is what the figure itself does not set. */
export function themed(layout: Fields, dark: boolean): Fields {
  const template = fields(layout["template"]);
  const own = fields(template["layout"]);
  const [text, line] = dark ? ["#e6e8ee", "#3a404c"] : ["#1d2230", "#e3e6ec"];
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line };
  const axes = Object.fromEntries(LINES.map((name) => [name, { ...fields(own[name]), ...axis }]));
  const colors = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...fields(own["font"]), color: text, family: "Inter Variable, system-ui, sans-serif" },
    ...axes,
  };
  return { height: 420, ...layout, template: { ...template, layout: { ...own, ...colors } } };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
