/** Which of an output's representations to show, and where. Pure. */

/** `frame` is the sandboxed output frame: everything that may hold active content goes there. */
export type Place = "table" | "html" | "markdown" | "latex" | "image" | "json" | "text" | "frame";

export interface Choice {
  mime: string;
  place: Place;
}

const PREFERENCE: readonly (readonly [RegExp, Place])[] = [
  [/^application\/vnd\.commonbook\.frame\+json$/, "table"],
  [/^text\/html$/, "html"],
  [/^application\/javascript$|^text\/javascript$/, "frame"],
  [/^text\/markdown$/, "markdown"],
  [/^image\/svg\+xml$/, "image"],
  [/^image\/(png|jpeg|gif|webp|avif|bmp)$/, "image"],
  [/^text\/latex$/, "latex"],
  [/^application\/(geo\+)?json$/, "json"],
  [/^text\/plain$/, "text"],
  [/^application\/(.+\+)?json$/, "json"],
  [/^text\//, "text"],
];

/** MIME types that stand for something live which this page cannot draw yet. */
const NOT_DRAWN: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.jupyter\.widget-view\+json$/, "Interactive widgets"],
  [/^application\/vnd\.plotly\./, "Plotly charts"],
  [/^application\/vnd\.vega(lite)?\./, "Vega charts"],
  [/^application\/vnd\.bokehjs_/, "Bokeh charts"],
];

/** The richest representation that can be shown, or null when there is none. */
export function choose(mimes: readonly string[]): Choice | null {
  for (const [pattern, place] of PREFERENCE) {
    const mime = mimes.find((candidate) => pattern.test(candidate));
    if (mime !== undefined) return { mime, place };
  }
  return null;
}

/** What kind of live content the bundle offers that is shown as text for now, or null. */
export function notDrawn(mimes: readonly string[]): string | null {
  for (const [pattern, name] of NOT_DRAWN) {
    if (mimes.some((mime) => pattern.test(mime))) return name;
  }
  return null;
}
