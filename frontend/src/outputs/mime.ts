/** Which of an output's representations to show, and where. Pure. */

/** `frame` is the sandboxed output frame: everything that may hold active content goes there. */
export type Place =
  | "table"
  | "sql"
  | "widget"
  | "vega"
  | "bokeh"
  | "map"
  | "html"
  | "markdown"
  | "latex"
  | "image"
  | "json"
  | "text"
  | "frame"
  /** Only prepares a page of Jupyter for what comes later, and is nothing to see here. */
  | "nothing";

export interface Choice {
  mime: string;
  place: Place;
}

const PREFERENCE: readonly (readonly [RegExp, Place])[] = [
  [/^application\/vnd\.commonbook\.frame\+json$/, "table"],
  [/^application\/vnd\.commonbook\.sql\+json$/, "sql"],
  [/^application\/vnd\.jupyter\.widget-view\+json$/, "widget"],
  [/^application\/vnd\.vega(lite)?\.v\d+(\.\d+)*\+json$/, "vega"],
  [/^application\/vnd\.plotly\.v\d+\+json$/, "frame"],
  [/^application\/vnd\.bokehjs_exec\.v0\+json$/, "bokeh"],
  [/^application\/vnd\.bokehjs_load\.v0\+json$/, "nothing"],
  [/^text\/html$/, "html"],
  [/^application\/javascript$|^text\/javascript$/, "frame"],
  [/^text\/markdown$/, "markdown"],
  [/^image\/svg\+xml$/, "image"],
  [/^image\/(png|jpeg|gif|webp|avif|bmp)$/, "image"],
  [/^text\/latex$/, "latex"],
  [/^application\/geo\+json$/, "map"],
  [/^application\/json$/, "json"],
  [/^text\/plain$/, "text"],
  [/^application\/(.+\+)?json$/, "json"],
  [/^text\//, "text"],
];

/** The richest representation that can be shown, or null when there is none. */
export function choose(mimes: readonly string[]): Choice | null {
  for (const [pattern, place] of PREFERENCE) {
    const mime = mimes.find((candidate) => pattern.test(candidate));
    if (mime !== undefined) return { mime, place };
  }
  return null;
}

/** Whether HTML of Bokeh is only the place, or the notice, for a plot that comes as an output of its own. */
export function isBokehPlace(html: string): boolean {
  return (
    /^\s*<div id="[\w-]+" data-root-id="[\w-]+" style="display: contents;"><\/div>\s*$/.test(html) ||
    (html.includes("bk-notebook-logo") && html.includes("Loading BokehJS"))
  );
}

/** The specification in HTML that Altair writes, which would load its libraries from the network; else null. */
export function altairSpec(html: string): Readonly<Record<string, unknown>> | null {
  if (!html.includes('id="altair-viz-') || !html.includes("vegaEmbed")) return null;
  const start = html.lastIndexOf("})({");
  const end = html.lastIndexOf(");");
  if (start < 0 || end < start) return null;
  try {
    const [spec] = JSON.parse(`[${html.slice(start + 3, end)}]`) as [unknown];
    return typeof spec === "object" && spec !== null ? (spec as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What the output frame is told that a text is a diagram by. */
export const MERMAID = "text/vnd.mermaid";
