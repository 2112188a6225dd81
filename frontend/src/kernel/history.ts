/** The last minute of a kernel's figures, kept in the page and outside the documents. */

import type { Metrics } from "../wire/messages";
import type { Readable } from "../wire/store";

export const WINDOW_MS = 60_000;

export interface Sample {
  readonly at: number;
  readonly metrics: Metrics;
}

export class History {
  readonly #listeners = new Set<() => void>();
  #samples: Sample[] = [];

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  push(metrics: Metrics, at: number): void {
    this.#samples = this.#samples.filter((sample) => at - sample.at <= WINDOW_MS);
    this.#samples.push({ at, metrics });
    this.#tell();
  }

  /** Another kernel, or none: nothing of the old one is shown. */
  clear(): void {
    if (this.#samples.length === 0) return;
    this.#samples = [];
    this.#tell();
  }

  /** Record what `metrics` says from now on; returns the way to stop. */
  follow(metrics: Readable<Metrics | null>, now: () => number): () => void {
    const take = (): void => {
      const sample = metrics.get();
      if (sample === null) this.clear();
      else this.push(sample, now());
    };
    take();
    return metrics.subscribe(take);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * The line of a sparkline as an SVG path, `width` × `height`, newest at the right edge; empty without two samples.
 *
 * `most` is the value at the upper edge.
 */
export function sparkline(
  samples: readonly Sample[],
  value: (metrics: Metrics) => number | null,
  most: number,
  now: number,
  [width, height]: readonly [number, number],
): string {
  const points: string[] = [];
  for (const { at, metrics } of samples) {
    const found = value(metrics);
    if (found === null) continue;
    const x = width * (1 - (now - at) / WINDOW_MS);
    const share = most <= 0 ? 0 : Math.max(0, Math.min(1, found / most));
    points.push(`${x.toFixed(1)},${(height - 1 - share * (height - 2)).toFixed(1)}`);
  }
  return points.length < 2 ? "" : `M${points.join("L")}`;
}

/** The same line closed along the bottom, to be filled. */
export function area(line: string, [, height]: readonly [number, number]): string {
  if (line === "") return "";
  const points = line.slice(1).split("L");
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points[points.length - 1]?.split(",")[0] ?? "0";
  return `${line}L${last},${height}L${first},${height}Z`;
}
