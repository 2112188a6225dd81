/** How high an output will be, as far as its document tells: for browsers that have not shown it yet. Pure. */

import { asText } from "./fetching";
import type { Choice } from "./mime";
import type { Value } from "./types";

export interface Size {
  /** What it is wide without a limit; narrower columns shrink it. Null for what keeps its height. */
  readonly width: number | null;
  readonly height: number;
}

const ROW_PX = 29;
const CHART_PX = 200;
/** Axes and titles beside the area of a chart. */
const AROUND_CHART_PX = 50;
/** What Jupyter's way of drawing figures cuts off their empty edges. */
const TIGHT = 0.87;

/** Null where nothing is known; `alt` is the plain text beside a picture. */
export function expectedHeight({ mime, place }: Choice, value: Value, alt: string): Size | null {
  const inline = "inline" in value ? value.inline : null;
  if (place === "image")
    return (mime === "image/png" && inline !== null ? pngSize(asText(inline)) : null) ?? figureSize(alt);
  if (place === "html") {
    const html = inline === null ? "" : asText(inline);
    const rows = html.match(/<tr[\s>]/g)?.length ?? 0;
    return rows === 0 || html.includes("<script") ? null : { width: null, height: rows * ROW_PX };
  }
  if (place !== "vega") return null;
  const height = typeof inline === "object" && inline !== null ? (inline as { height?: unknown }).height : undefined;
  return { width: null, height: (typeof height === "number" ? height : CHART_PX) + AROUND_CHART_PX };
}

/** From the header of a PNG in base64. */
function pngSize(base64: string): Size | null {
  try {
    const head = atob(base64.slice(0, 32));
    const number = (at: number): number =>
      [0, 1, 2, 3].reduce((sum, byte) => sum * 256 + head.charCodeAt(at + byte), 0);
    const size = { width: number(16), height: number(20) };
    return head.startsWith("\x89PNG") && size.width > 0 && size.height > 0 ? size : null;
  } catch {
    return null; // no base64
  }
}

/** Of a figure of matplotlib: "<Figure size 640x480 with 1 Axes>". */
function figureSize(alt: string): Size | null {
  const found = /^<Figure size (\d+)x(\d+)/.exec(alt);
  return found === null ? null : { width: Number(found[1]) * TIGHT, height: Number(found[2]) * TIGHT };
}
