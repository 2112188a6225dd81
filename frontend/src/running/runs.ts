/** The runs of a notebook as wholes: what runs now, and which one has just ended. Pure. */

import { plural, t } from "@lingui/core/macro";
import type { RunState } from "../model/run";

/** One cell's last run. Times are milliseconds since 1970. */
export interface CellRun {
  readonly cell: string;
  readonly run: string;
  readonly by: string;
  readonly state: RunState;
  readonly started: number | null;
}

export interface Ended {
  readonly run: string;
  readonly by: string;
  readonly cells: number;
  readonly failed: readonly string[];
  readonly wasStopped: boolean;
  readonly tookMs: number;
}

export interface Going {
  readonly by: string;
  /** When its first cell began; null while all of it waits. */
  readonly started: number | null;
  readonly cells: ReadonlySet<string>;
}

export type GoingRuns = ReadonlyMap<string, Going>;

const isGoing = (state: RunState): boolean => state === "queued" || state === "running";

/** Take in how all cells stand now: the runs that go on, and those that have ended since `before`. */
export function follow(
  before: GoingRuns,
  cells: readonly CellRun[],
  now: number,
): { readonly going: GoingRuns; readonly ended: readonly Ended[] } {
  const going = new Map<string, { by: string; started: number | null; cells: Set<string> }>();
  for (const { cell, run, by, state, started } of cells) {
    if (!isGoing(state)) continue;
    const known = going.get(run) ?? {
      by,
      started: before.get(run)?.started ?? null,
      cells: new Set(before.get(run)?.cells),
    };
    known.cells.add(cell);
    if (started !== null) known.started = Math.min(known.started ?? started, started);
    going.set(run, known);
  }
  const ended: Ended[] = [];
  for (const [run, { by, started, cells: of }] of before) {
    if (going.has(run)) continue;
    const mine = cells.filter((one) => one.run === run && of.has(one.cell));
    const begun = Math.min(
      ...mine.map((one) => one.started ?? Number.POSITIVE_INFINITY),
      started ?? Number.POSITIVE_INFINITY,
    );
    ended.push({
      run,
      by,
      cells: of.size,
      failed: mine.filter((one) => one.state === "error").map((one) => one.cell),
      wasStopped: mine.some((one) => one.state === "cancelled" || one.state === "lost"),
      tookMs: Number.isFinite(begun) ? Math.max(0, now - begun) : 0,
    });
  }
  return { going, ended };
}

/** "All 12 cells have run, in 3 min" or what went wrong, for whoever was waiting. */
export function endedText(
  { cells, failed, wasStopped }: Ended,
  took: string,
  nameOf: (cell: string) => string | null,
): string {
  const [first] = failed;
  if (first !== undefined) return t`${capital(nameOf(first) ?? t`a cell`)} failed after ${took}`;
  if (wasStopped) return t`The run was stopped after ${took}`;
  return plural(cells, { one: `Your cell has run, in ${took}`, other: `All # cells have run, in ${took}` });
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What a tab that nobody looks at says in its title. */
export type TabState = "running" | "done" | "failed" | null;

export function titled(name: string, state: TabState): string {
  const title = name === "" ? "Commonbook" : `${name} · Commonbook`;
  switch (state) {
    case "running":
      return `▶ ${title}`;
    case "done":
      return `✓ ${title}`;
    case "failed":
      return `✗ ${title}`;
    case null:
      return title;
  }
}
