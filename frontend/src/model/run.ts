/** The state of a cell's run as the page shows it, from the runtime document. Pure. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { components } from "../wire/types";
import { assertNever } from "../wire/assertNever";

export type QueueEntry = components["schemas"]["QueueEntry"];

const RUN_STATES = ["queued", "running", "done", "error", "cancelled", "lost"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Everything but the outputs. Times are RFC 3339 or null. */
export interface Run {
  readonly run: string;
  readonly by: string;
  readonly byName: string;
  readonly state: RunState;
  readonly count: number | null;
  readonly queued: string | null;
  readonly started: string | null;
  readonly ended: string | null;
  readonly stale: boolean;
  readonly suggestion: string | null;
  /** Who moved a widget of this run last, and since when that is the same person. */
  readonly movedBy: string | null;
  readonly movedAt: string | null;
  /** How many runs wait before this one; 0 is the next. Null when it does not wait. */
  readonly ahead: number | null;
}

/** How Python calls what Stop raises. */
export const INTERRUPT = "KeyboardInterrupt";

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Times are milliseconds; documents of earlier versions hold RFC 3339. */
const timeOrNull = (value: unknown): string | null =>
  typeof value === "number" ? new Date(value).toISOString() : textOrNull(value);

/** A run is one value under `run`; earlier versions wrote it field by field into the entry. */
function fieldsOf(entry: Y.Map<unknown>): Readonly<Record<string, unknown>> {
  const run = entry.get("run");
  return typeof run === "object" && run !== null ? (run as Readonly<Record<string, unknown>>) : entry.toJSON();
}

export function queueOf(queue: Y.Array<unknown>): QueueEntry[] {
  const entries: QueueEntry[] = [];
  for (const value of queue) {
    if (typeof value !== "object" || value === null) continue;
    const entry = value as Readonly<Record<string, unknown>>;
    const { run, cell, by, by_name, queued } = entry;
    if (typeof cell === "string")
      entries.push({ run: text(run), cell, by: text(by), by_name: text(by_name), queued: text(queued) });
  }
  return entries;
}

/** Whoever runs code that no cell holds, from another program; null while a cell runs, or nothing. */
export function programOf(queue: readonly QueueEntry[]): string | null {
  const first = queue[0];
  return first?.cell.startsWith("text:") ? first.by_name : null;
}

/** Read a run entry; null for a cell that never ran. Counters may arrive as floating-point numbers. */
export function readRun(entry: Y.Map<unknown> | null, queue: readonly QueueEntry[], cell: string): Run | null {
  const placeIn = (): number => queue.findIndex((one) => one.cell === cell);
  if (entry === null) {
    const place = placeIn();
    const waiting = queue[place];
    if (waiting === undefined) return null;
    return {
      run: waiting.run,
      by: waiting.by,
      byName: waiting.by_name,
      state: "queued",
      count: null,
      queued: waiting.queued,
      started: null,
      ended: null,
      stale: false,
      suggestion: null,
      movedBy: null,
      movedAt: null,
      ahead: place,
    };
  }
  const fields = fieldsOf(entry);
  const said = RUN_STATES.find((one) => one === fields["state"]);
  if (said === undefined) return null;
  // Python calls it an error; to whoever pressed Stop it is none.
  const state = said === "error" && wasInterrupted(entry.get("outputs")) ? "cancelled" : said;
  const { by, count } = fields;
  const place = state === "queued" ? placeIn() : -1;
  return {
    run: text(fields["run"]),
    by: text(by),
    byName: text(fields["by_name"] ?? entry.doc?.getMap("people").get(text(by))),
    state,
    count: typeof count === "number" ? Math.trunc(count) : null,
    queued: timeOrNull(fields["queued"]),
    started: timeOrNull(fields["started"]),
    ended: timeOrNull(fields["ended"]),
    stale: fields["stale"] === true,
    suggestion: textOrNull(fields["suggestion"]),
    movedBy: textOrNull(fields["moved_by"]),
    movedAt: timeOrNull(fields["moved_at"]),
    ahead: place >= 0 ? place : null,
  };
}

function wasInterrupted(outputs: unknown): boolean {
  const last: unknown = outputs instanceof Y.Array ? outputs.toArray().at(-1) : undefined;
  return typeof last === "object" && last !== null && (last as { ename?: unknown }).ename === INTERRUPT;
}

export function sameRun(a: Run | null, b: Run | null): boolean {
  if (a === null || b === null) return a === b;
  return (Object.keys(a) as (keyof Run)[]).every((key) => a[key] === b[key]);
}

export const isActive = (run: Run | null): boolean =>
  run !== null && (run.state === "queued" || run.state === "running");

/** The word beside the state's dot. */
export function wordOf(run: Run): string {
  switch (run.state) {
    case "queued":
      // With nothing before it, the kernel is not ready yet.
      if (run.ahead === 0) return t`Waiting for the kernel`;
      return run.ahead === null || run.ahead === 1 ? t`Next` : t`Waiting, ${run.ahead - 1} before it`;
    case "running":
      return t`Running`;
    case "done":
      return t`Done`;
    case "error":
      return t`Error`;
    case "cancelled":
      return run.started === null ? t`Not run` : t`Stopped`;
    case "lost":
      return t`Lost with its kernel`;
    default:
      return assertNever(run.state);
  }
}

/** The word for a cell's label, as in "code cell 3, error". */
export function labelOf(type: string, number: number, run: Run | null): string {
  const name = nameOf(type, number);
  if (run === null || !["code", "input", "sql"].includes(type)) return name;
  return run.stale && run.state === "done" ? t`${name}, edited since it ran` : `${name}, ${wordOf(run).toLowerCase()}`;
}

function nameOf(type: string, number: number): string {
  switch (type) {
    case "code":
      return t`code cell ${number}`;
    case "markdown":
      return t`text cell ${number}`;
    case "raw":
      return t`raw cell ${number}`;
    case "sql":
      return t`SQL cell ${number}`;
    default:
      return t`${type} cell ${number}`;
  }
}

/** How long a run took or takes, in milliseconds; null before it began. */
export function durationMs(run: Run, now: number): number | null {
  if (run.started === null) return null;
  const end = run.ended === null ? now : Date.parse(run.ended);
  const length = end - Date.parse(run.started);
  return Number.isFinite(length) ? Math.max(0, length) : null;
}
