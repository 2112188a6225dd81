/** How high outputs were when this browser last showed them, so that what is drawn late moves nothing around it. */

const KEY = "commonbook.heights";
/** Notebooks, and outputs of each, that are remembered. */
const MOST_NOTEBOOKS = 12;
const MOST_OUTPUTS = 600;
/** In a column of another width they have other heights. */
const SAME_WIDTH_PX = 24;

interface Seen {
  width: number;
  heights: Record<string, number>;
}

let all: Map<string, Seen> | null = null;

function kept(): Map<string, Seen> {
  if (all !== null) return all;
  try {
    all = new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]") as [string, Seen][]);
  } catch {
    all = new Map(); // nothing kept, or no storage
  }
  addEventListener("pagehide", keep);
  return all;
}

function keep(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...kept()].slice(-MOST_NOTEBOOKS)));
  } catch {
    // Then outputs find their places anew.
  }
}

/** The height of an output in a column of `width`, in pixels; undefined for one that was not seen in such a one. */
export function heightOf(notebook: string, output: string, width: number): number | undefined {
  const seen = kept().get(notebook);
  return seen !== undefined && Math.abs(seen.width - width) <= SAME_WIDTH_PX ? seen.heights[output] : undefined;
}

export function putHeight(notebook: string, output: string, width: number, height: number): void {
  let seen = kept().get(notebook);
  if (seen === undefined || Math.abs(seen.width - width) > SAME_WIDTH_PX) seen = { width, heights: {} };
  if (Object.keys(seen.heights).length >= MOST_OUTPUTS) return;
  seen.heights[output] = Math.round(height);
  kept().delete(notebook);
  kept().set(notebook, seen); // the last one that was looked at is the last to go
}
