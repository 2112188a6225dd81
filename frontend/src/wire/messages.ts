/**
 * The JSON of the control channel and the values of the runtime document, as docs/protocol.md and
 * collab/wire.py write them. Everything that arrives passes `parseServerMessage` first.
 */

import { t } from "@lingui/core/macro";
import { told } from "../i18n/told";
import type { components } from "./types";
import type { Variable, VariablesMessage } from "./variables";
import type { WidgetChanges } from "./widgets";

type Wire = components["schemas"];

export type Person = Readonly<Required<Wire["Person"]>>;

/** `Capability` of collab/roles.py. */
export type Capability =
  "READ" | "COMMENT" | "EDIT" | "RUN" | "FILES" | "ENVIRONMENT" | "HARDWARE" | "CONNECTIONS" | "SHARE" | "DELETE";

type WithRights<T> = Readonly<Omit<T, "rights"> & { rights: readonly Capability[] }>;

export type Hello = WithRights<Omit<Wire["Hello"], "user"> & { user: Person }>;
export type GpuMetrics = Readonly<Wire["GpuMetrics"]>;
export type Metrics = Readonly<Omit<Required<Wire["Metrics"]>, "gpus"> & { gpus: readonly GpuMetrics[] }>;

export type PackageChange = Readonly<Wire["PackageChange"]>;
export type JobProgress = Readonly<
  Omit<Required<Wire["JobProgress"]>, "changes"> & { changes: readonly PackageChange[] }
>;
export type LoadedVersion = Readonly<Wire["LoadedVersion"]>;
export interface RestartAdvised {
  readonly type: "restart_advised";
  readonly packages: readonly LoadedVersion[];
}
export type Alive = Readonly<Required<Wire["Alive"]>>;
export type Notice = Readonly<Required<Wire["Notice"]>>;

export type ServerMessage =
  | Hello
  | Readonly<Wire["Ack"]>
  | Readonly<Wire["Persisted"]>
  | Readonly<Wire["Reset"]>
  | WithRights<Wire["RightsChanged"]>
  | { readonly type: "result"; readonly id: string; readonly value: Readonly<Record<string, unknown>> }
  | Readonly<Wire["Error"]>
  | Metrics
  | JobProgress
  | RestartAdvised
  | Alive
  | Notice
  | WidgetChanges
  | Readonly<Wire["WidgetsAt"]>
  | Readonly<Wire["Moved"]>
  | Readonly<Wire["RequirementsChanged"]>
  | Readonly<Wire["PackagesAsked"]>
  | VariablesMessage;

export type ClientMessage =
  | { readonly type: "hello"; readonly epoch: string | null; readonly client_ids: readonly number[] }
  | {
      readonly type: "cmd";
      readonly id: string;
      readonly op: CommandOp;
      readonly args: Readonly<Record<string, unknown>>;
    };

export type CommandOp =
  | "run"
  | "cancel"
  | "comm"
  | "set_input"
  | "interrupt"
  | "restart"
  | "start"
  | "stop"
  | "input"
  | "clear"
  | "keep"
  | "change_hardware"
  | "restore_variables"
  | "forget_variables"
  | "look_at_variables";

const VARIABLES_STATES = ["none", "unknown", "current", "late", "unavailable", "ended"] as const;

const CAPABILITIES: ReadonlySet<string> = new Set<Capability>([
  "READ",
  "COMMENT",
  "EDIT",
  "RUN",
  "FILES",
  "ENVIRONMENT",
  "HARDWARE",
  "CONNECTIONS",
  "SHARE",
  "DELETE",
]);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown, otherwise = ""): string => (typeof value === "string" ? value : otherwise);
const number = (value: unknown, otherwise = 0): number =>
  typeof value === "number" && Number.isFinite(value) ? value : otherwise;
const words = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const figure = (value: unknown): number | null => (typeof value === "number" ? value : null);

const readGpu = (value: Fields): GpuMetrics => ({
  name: text(value["name"]),
  use: figure(value["use"]),
  memory: figure(value["memory"]),
  memory_total: figure(value["memory_total"]),
});

/** A sentence of the server, as its reader reads it. */
const reason = (value: Fields, otherwise = ""): string => told(text(value["reason"], otherwise));

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

const JOB_STATES = ["queued", "running", "done", "failed", "cancelled"] as const;

function readJob(value: Fields): JobProgress | null {
  const state = JOB_STATES.find((known) => known === value["state"]);
  if (state === undefined || typeof value["id"] !== "string") return null;
  return {
    type: "job",
    id: value["id"],
    project: text(value["project"]),
    kind: text(value["kind"]),
    title: text(value["title"]),
    state,
    phase: text(value["phase"]),
    text: text(value["text"]),
    done_bytes: number(value["done_bytes"]),
    total_bytes: number(value["total_bytes"]),
    elapsed_s: number(value["elapsed_s"]),
    by: textOrNull(value["by"]),
    by_name: text(value["by_name"]),
    created_at: text(value["created_at"]),
    ended_at: textOrNull(value["ended_at"]),
    code: textOrNull(value["code"]),
    reason: typeof value["reason"] === "string" ? reason(value) : null,
    changes: Array.isArray(value["changes"]) ? value["changes"].filter(isFields).map(readChange) : [],
  };
}

const readChange = (value: Fields): PackageChange => ({
  name: text(value["name"]),
  before: textOrNull(value["before"]),
  after: textOrNull(value["after"]),
});

const readLoaded = (value: Fields): LoadedVersion => ({
  name: text(value["name"]),
  before: text(value["before"]),
  after: textOrNull(value["after"]),
});

function capabilities(value: unknown): readonly Capability[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Capability => typeof item === "string" && CAPABILITIES.has(item));
}

/** Read a `Person`, or null when the value is none. */
export function parsePerson(value: unknown): Person | null {
  if (!isFields(value) || typeof value["id"] !== "string") return null;
  return {
    id: value["id"],
    name: text(value["name"], t`Somebody`),
    color: number(value["color"]),
    guest: value["guest"] === true,
  };
}

/** Read the JSON of a control frame; null for what this version does not know. */
export function parseServerMessage(json: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!isFields(value)) return null;
  switch (value["type"]) {
    case "hello": {
      const user = parsePerson(value["user"]);
      if (user === null) return null;
      return {
        type: "hello",
        user,
        rights: capabilities(value["rights"]),
        epoch: text(value["epoch"]),
        client_id: number(value["client_id"]),
        seq: number(value["seq"]),
      };
    }
    case "ack":
      return { type: "ack", seq: number(value["seq"]) };
    case "persisted":
      return { type: "persisted", seq: number(value["seq"]) };
    case "reset":
      return {
        type: "reset",
        reason: reason(value),
        client_id: number(value["client_id"]),
        epoch: text(value["epoch"]),
      };
    case "rights":
      return { type: "rights", rights: capabilities(value["rights"]) };
    case "result":
      return { type: "result", id: text(value["id"]), value: isFields(value["value"]) ? value["value"] : {} };
    case "error":
      return {
        type: "error",
        id: typeof value["id"] === "string" ? value["id"] : null,
        code: text(value["code"], "unknown"),
        reason: reason(value, t`The server refused this.`),
      };
    case "metrics":
      return {
        type: "metrics",
        cpu: number(value["cpu"]),
        memory: number(value["memory"]),
        memory_limit: figure(value["memory_limit"]),
        gpus: Array.isArray(value["gpus"]) ? value["gpus"].filter(isFields).map(readGpu) : [],
        unsandboxed: value["unsandboxed"] === true,
      };
    case "job":
      return readJob(value);
    case "restart_advised":
      return {
        type: "restart_advised",
        packages: Array.isArray(value["packages"]) ? value["packages"].filter(isFields).map(readLoaded) : [],
      };
    case "alive":
      return {
        type: "alive",
        because: told(text(value["because"])),
        stops_at: words(value["stops_at"]),
        warned: value["warned"] === true,
        cause: value["cause"] === "idle" || value["cause"] === "max_life" ? value["cause"] : null,
        restarts: told(text(value["restarts"])),
        kept_until: words(value["kept_until"]),
        kept_by: words(value["kept_by"]),
      };
    case "notice":
      return {
        type: "notice",
        kind: value["kind"] === "nudge" ? "nudge" : "failure",
        text: told(text(value["text"])),
        by: words(value["by"]),
      };
    case "widgets": {
      const events = Array.isArray(value["events"]) ? value["events"].filter(isFields) : [];
      // The states are the kernel's to define; the events come from the structs that these types are made of.
      return { type: "widgets", seq: number(value["seq"]), events: events as unknown as WidgetChanges["events"] };
    }
    case "widgets_at":
      return { type: "widgets_at", seq: number(value["seq"]) };
    case "moved":
      return {
        type: "moved",
        name: text(value["name"]),
        path: text(value["path"]),
        address: text(value["address"]),
      };
    case "requirements":
      return { type: "requirements", project: text(value["project"]), missing: number(value["missing"]) };
    case "asked":
      return { type: "asked", project: text(value["project"]) };
    case "variables":
      return {
        type: "variables",
        state: VARIABLES_STATES.find((known) => known === value["state"]) ?? "unknown",
        whole: value["whole"] === true,
        as_of: words(value["as_of"]),
        total: number(value["total"]),
        reason: reason(value),
        // Made of the structs that these types come from.
        items: Array.isArray(value["items"]) ? (value["items"].filter(isFields) as unknown as Variable[]) : [],
        gone: Array.isArray(value["gone"]) ? value["gone"].filter((name) => typeof name === "string") : [],
      };
    default:
      return null;
  }
}
