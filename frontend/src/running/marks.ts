/** Which cells stand out in a notebook, for its map. Pure. */

import { plural } from "@lingui/core/macro";
import * as Y from "yjs";
import type { RuntimeIndex } from "../model/index";
import { queueOf, readRun } from "../model/run";

export type MarkState = "running" | "queued" | "failed" | "stopped" | "stale";

export interface Mark {
  readonly cell: string;
  /** Its place in the notebook, from 0. */
  readonly at: number;
  readonly state: MarkState;
}

export function marksOf(order: readonly string[], runtime: RuntimeIndex): readonly Mark[] {
  const queue = queueOf(runtime.queue);
  const marks: Mark[] = [];
  order.forEach((cell, at) => {
    const entry = runtime.cells.get(cell);
    const run = readRun(entry instanceof Y.Map ? (entry as Y.Map<unknown>) : null, queue, cell);
    if (run === null) return;
    const state = markOf(run.state, run.stale);
    if (state !== null) marks.push({ cell, at, state });
  });
  return marks;
}

function markOf(state: string, isStale: boolean): MarkState | null {
  switch (state) {
    case "running":
    case "queued":
      return state;
    case "error":
      return "failed";
    case "cancelled":
    case "lost":
      return "stopped";
    default:
      return isStale ? "stale" : null;
  }
}

const WORDS: Readonly<Record<MarkState, (count: number) => string>> = {
  running: (count) => plural(count, { one: "# runs", other: "# run" }),
  queued: (count) => plural(count, { one: "# waits", other: "# wait" }),
  failed: (count) => plural(count, { one: "# failed", other: "# failed" }),
  stopped: (count) => plural(count, { one: "# was stopped", other: "# were stopped" }),
  stale: (count) => plural(count, { one: "# was edited since its output", other: "# were edited since their output" }),
};

/** "1 runs, 3 wait, 2 failed" */
export function saidOf(marks: readonly Mark[]): string {
  return (Object.keys(WORDS) as MarkState[])
    .flatMap((state) => {
      const count = marks.filter((mark) => mark.state === state).length;
      return count === 0 ? [] : [WORDS[state](count)];
    })
    .join(", ");
}
