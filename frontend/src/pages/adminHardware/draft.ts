/** A hardware class while it is edited: what stands in the fields, and the way to and from the server's shape. Pure. */

import { t } from "@lingui/core/macro";
import type { HardwareClass, NewHardwareClass } from "../../wire/http";

export interface Draft {
  id: string;
  label: string;
  description: string;
  engine: string;
  cpus: string;
  memory: string;
  gpus: string;
  gpuType: string;
  disk: string;
  processes: string;
  internet: boolean;
  python: string;
  price: string;
  isForAll: boolean;
  users: ReadonlySet<string>;
  groups: ReadonlySet<string>;
  maxPerUser: string;
  idleAfter: string;
  maxLife: string;
  options: Readonly<Record<string, string>>;
  enabled: boolean;
}

/** The field of the server's shape that each input writes, for its faults. */
export type FieldName = keyof NewHardwareClass;

/** The shape of an option that is on or off. */
export const SWITCH = t`true or false`;

export type Shapes = Readonly<Record<string, string>>;

export interface Parsed {
  body: NewHardwareClass;
  /** What cannot be sent at all, by field. */
  faults: Partial<Record<FieldName, string>>;
}

const EMPTY: Draft = {
  id: "",
  label: "",
  description: "",
  engine: "local",
  cpus: "",
  memory: "",
  gpus: "",
  gpuType: "",
  disk: "",
  processes: "",
  internet: false,
  python: "",
  price: "",
  isForAll: true,
  users: new Set(),
  groups: new Set(),
  maxPerUser: "",
  idleAfter: "",
  maxLife: "",
  options: {},
  enabled: true,
};

export const newDraft = (engine: string): Draft => ({ ...EMPTY, engine });

export function draftOf(of: HardwareClass): Draft {
  const number = (value: number | null): string => (value === null ? "" : String(value));
  return {
    id: of.id,
    label: of.label,
    description: of.description,
    engine: of.engine,
    cpus: number(of.cpus),
    memory: sizeField(of.memory_mib),
    gpus: of.gpus === 0 ? "" : String(of.gpus),
    gpuType: of.gpu_type ?? "",
    disk: sizeField(of.disk_mib),
    processes: number(of.processes),
    internet: of.internet,
    python: of.python ?? "",
    price: number(of.price_per_hour),
    isForAll: of.users.length === 0 && of.groups.length === 0,
    users: new Set(of.users),
    groups: new Set(of.groups),
    maxPerUser: number(of.max_per_user),
    idleAfter: durationField(of.idle_after_s),
    maxLife: durationField(of.max_life_s),
    options: Object.fromEntries(Object.entries(of.options).map(([name, value]) => [name, optionField(value)])),
    enabled: of.enabled,
  };
}

/** A copy to begin another class with: the id must be its own. */
export const copyOf = (of: HardwareClass, taken: ReadonlySet<string>): Draft => ({
  ...draftOf(of),
  id: freeId(of.id, taken),
  label: t`${of.label} (copy)`,
});

/** An id made from a name, as long as nobody has written one. */
export const idFrom = (label: string): string =>
  label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);

function freeId(id: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number += 1) {
    const next = `${id.slice(0, 59)}-${number}`;
    if (!taken.has(next)) return next;
  }
}

export function parseDraft(draft: Draft, shapes: Shapes): Parsed {
  const faults: Parsed["faults"] = {};
  const number = (field: FieldName, text: string, isWhole: boolean): number | null => {
    const value = text.trim().replace(",", ".");
    if (value === "") return null;
    const found = Number(value);
    if (Number.isFinite(found) && (!isWhole || Number.isInteger(found))) return found;
    faults[field] = isWhole ? t`Write a whole number.` : t`Write a number, such as 2 or 0.5.`;
    return null;
  };
  const parsed = <T>(field: FieldName, value: T | "bad", otherwise: T, sentence: string): T => {
    if (value !== "bad") return value;
    faults[field] = sentence;
    return otherwise;
  };
  const size = t`Write it as 4 GiB or 512 MiB.`;
  const time = t`Write it as 30 min, 2 h or 1 d.`;
  if (!draft.isForAll && draft.users.size === 0 && draft.groups.size === 0)
    faults.users = t`Choose somebody, or let everybody take it.`;
  const body: Parsed["body"] = {
    id: draft.id.trim(),
    label: draft.label.trim(),
    engine: draft.engine,
    description: draft.description.trim(),
    cpus: number("cpus", draft.cpus, false),
    memory_mib: parsed("memory_mib", parseSize(draft.memory), null, size),
    processes: number("processes", draft.processes, true),
    disk_mib: parsed("disk_mib", parseSize(draft.disk), null, size),
    gpus: number("gpus", draft.gpus, true) ?? 0,
    gpu_type: draft.gpuType.trim() === "" ? null : draft.gpuType.trim(),
    internet: draft.internet,
    python: draft.python.trim() === "" ? null : draft.python.trim(),
    price_per_hour: number("price_per_hour", draft.price, false),
    users: draft.isForAll ? [] : [...draft.users],
    groups: draft.isForAll ? [] : [...draft.groups],
    max_per_user: number("max_per_user", draft.maxPerUser, true),
    idle_after_s: parsed("idle_after_s", parseDuration(draft.idleAfter), null, time),
    max_life_s: parsed("max_life_s", parseDuration(draft.maxLife), null, time),
    options: parseOptions(draft.options, shapes),
    enabled: draft.enabled,
  };
  return { body, faults };
}

/** MiB of "4 GiB", "512 MiB", "1.5 GB" or "2048"; null for nothing, "bad" for anything else. */
export function parseSize(text: string): number | null | "bad" {
  if (text.trim() === "") return null;
  const found = /^(\d+(?:[.,]\d+)?)\s*(m|mb|mib|g|gb|gib|t|tb|tib)?$/i.exec(text.trim());
  if (found === null) return "bad";
  const factor = { m: 1, g: 1024, t: 1024 * 1024 }[(found[2] ?? "m").charAt(0).toLowerCase()] ?? 1;
  return Math.round(Number((found[1] ?? "").replace(",", ".")) * factor);
}

/** Seconds of "30 min", "2 h", "1 d" or "90 s"; minutes without a unit; null for nothing, "bad" for anything else. */
export function parseDuration(text: string): number | null | "bad" {
  if (text.trim() === "") return null;
  const found = /^(\d+(?:[.,]\d+)?)\s*(s|sec|m|min|minutes?|h|hours?|d|days?)?$/i.exec(text.trim());
  if (found === null) return "bad";
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[(found[2] ?? "m").charAt(0).toLowerCase()] ?? 60;
  return Math.round(Number((found[1] ?? "").replace(",", ".")) * factor);
}

export function durationField(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? t`${seconds / 60} min` : `${seconds} s`;
}

function sizeField(mib: number | null): string {
  if (mib === null) return "";
  return mib % 1024 === 0 ? `${mib / 1024} GiB` : `${mib} MiB`;
}

function optionField(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "";
  if (Array.isArray(value)) return value.map(String).join(", ");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, of]) => `${name}=${String(of)}`)
    .join(", ");
}

function parseOptions(options: Draft["options"], shapes: Shapes): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const text = (options[name] ?? "").trim();
    if (text === "") continue;
    const parts = text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    if (shape === SWITCH) found[name] = text === "true";
    else if (shape === "a list of texts") found[name] = parts;
    else if (shape === "a table of texts")
      found[name] = Object.fromEntries(parts.map((part) => [part.split("=")[0]?.trim(), part.replace(/^[^=]*=?/, "")]));
    else found[name] = text;
  }
  return found;
}
