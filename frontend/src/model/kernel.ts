/** The kernel as the runtime document describes it. Pure. */

import { t } from "@lingui/core/macro";
import type * as Y from "yjs";
import { told } from "../i18n/told";
import type { components } from "../wire/types";

export type KernelState = components["schemas"]["KernelState"];

/** The states that this page knows, each in a word or two. */
const WORDS: Record<KernelState, string> = {
  none: t`Not started`,
  starting: t`Starting…`,
  restoring: t`Restoring variables…`,
  saving: t`Saving variables…`,
  idle: t`Ready`,
  busy: t`Running`,
  restarting: t`Restarting…`,
  reconnecting: t`Reconnecting…`,
  stopping: t`Stopping…`,
  dead: t`Stopped unexpectedly`,
};

export type InputRequest = Readonly<components["schemas"]["InputRequest"]>;
export type SavedOffer = Readonly<components["schemas"]["SavedOffer"]>;
export type Death = Readonly<Required<components["schemas"]["Death"]>>;
export type HeldVariable = Readonly<components["schemas"]["HeldVariable"]>;

export interface Kernel {
  readonly state: KernelState;
  readonly epoch: number;
  readonly hardware: string;
  readonly language: string;
  /** What the start of the kernel waits for, in a sentence; empty otherwise. */
  readonly progress: string;
  readonly startedAt: string | null;
  readonly input: InputRequest | null;
  readonly death: Death | null;
  /** Variables of an earlier kernel that can be restored. */
  readonly saved: SavedOffer | null;
}

type Fields = Readonly<Record<string, unknown>>;
const text = (value: unknown, otherwise = ""): string => (typeof value === "string" ? value : otherwise);

export function readKernel(kernel: Y.Map<unknown>): Kernel {
  const state = kernel.get("state");
  const epoch = kernel.get("epoch");
  return {
    state: isKernelState(state) ? state : "none",
    epoch: typeof epoch === "number" ? Math.trunc(epoch) : 0,
    hardware: text(kernel.get("hardware")),
    language: text(kernel.get("language")),
    progress: text(kernel.get("progress")),
    startedAt: typeof kernel.get("started_at") === "string" ? text(kernel.get("started_at")) : null,
    input: readInput(kernel.get("input")),
    death: readDeath(kernel.get("death")),
    saved: readSaved(kernel.get("saved")),
  };
}

function readInput(value: unknown): InputRequest | null {
  if (typeof value !== "object" || value === null) return null;
  const { run, cell, prompt, password } = value as Fields;
  return { run: text(run), cell: text(cell), prompt: text(prompt), password: password === true };
}

function readDeath(value: unknown): Death | null {
  if (typeof value !== "object" || value === null) return null;
  const { cause, reason, at, cell, line, peak, memory_limit: limit, variables } = value as Fields;
  return {
    cause: text(cause),
    reason: told(text(reason)),
    at: text(at),
    cell: typeof cell === "string" ? cell : null,
    line: figure(line),
    peak: figure(peak),
    memory_limit: figure(limit),
    variables: Array.isArray(variables) ? variables.flatMap(readVariable) : [],
  };
}

const figure = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

function readVariable(value: unknown): HeldVariable[] {
  if (typeof value !== "object" || value === null) return [];
  const { name, type, size } = value as Fields;
  return typeof name === "string" ? [{ name, type: text(type), size: figure(size) ?? 0 }] : [];
}

function readSaved(value: unknown): SavedOffer | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, at, kept, lost, bytes, hardware, cause, until } = value as Fields;
  if (typeof id !== "string") return null;
  const count = (number: unknown): number => (typeof number === "number" ? number : 0);
  return {
    id,
    at: text(at),
    kept: count(kept),
    lost: count(lost),
    bytes: count(bytes),
    hardware: text(hardware),
    cause: text(cause),
    until: text(until),
  };
}

const CALM: ReadonlySet<string> = new Set(["asked", "idle", "max_life"]);

/** Whether the kernel ended as it was to: stopped by somebody, idle, or at the end of its time. No failure. */
export const endedCalmly = (death: Death | null): boolean => death !== null && CALM.has(death.cause);

/** Whether the page knows the state: a newer server may have others. */
export const isKernelState = (state: unknown): state is KernelState =>
  typeof state === "string" && Object.hasOwn(WORDS, state);

/** The state in a word or two. */
export const kernelWord = (state: KernelState): string => WORDS[state];

/** The machine by name; a kernel beside the web server has none of its own. */
export const machineName = (hardware: string): string =>
  hardware === "" || hardware === "local" ? t`This server` : hardware;

/** Whether there is no kernel because the last one ended as it was to. */
export const isAtRest = ({ state, death }: Pick<Kernel, "state" | "death">): boolean =>
  !isAlive(state) && endedCalmly(death);

/** Whether there never was a kernel: its start failed. */
export const neverStarted = (death: Death | null): boolean => death?.cause === "start_failed";

/** The same word, but for a kernel that ended as it was to, or never began. */
export const restWord = (kernel: Pick<Kernel, "state" | "death">): string =>
  isAtRest(kernel)
    ? t`Stopped`
    : kernel.state === "dead" && neverStarted(kernel.death)
      ? kernelWord("none")
      : kernelWord(kernel.state);

/** Whether there is a running session whose variables a restart would lose. */
export const isAlive = (state: KernelState): boolean => state !== "none" && state !== "dead";
