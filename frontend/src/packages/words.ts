/** Sizes and sentences of the environment, as people read them. Pure. */

import { t } from "@lingui/core/macro";
import { asOne } from "../i18n/start";
import type { Schemas } from "../wire/http";
import type { JobProgress } from "../wire/messages";

export type Environment = Schemas["Environment"];
export type Job = Schemas["Job"];
export type PackageRequest = Schemas["PackageRequest"];
export type ImportOffer = Schemas["ImportOffer"];
export type Package = Schemas["Package"];
export type PackageChange = Schemas["PackageChange"];
export type EnvironmentState = Schemas["EnvironmentState"];

/** What is shown of a change. Over the socket it comes without what the installer said. */
export interface ShownJob {
  readonly id: string;
  readonly title: string;
  readonly state: JobProgress["state"];
  readonly phase: string;
  readonly text: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly elapsedS: number;
  readonly by: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly detail: string | null;
}

export const fromJob = (job: Job | JobProgress): ShownJob => ({
  id: job.id,
  title: job.title,
  state: job.state,
  phase: job.phase,
  text: job.text,
  doneBytes: job.done_bytes,
  totalBytes: job.total_bytes,
  elapsedS: job.elapsed_s,
  by: job.by_name,
  code: job.code ?? null,
  reason: job.reason ?? null,
  detail: "detail" in job ? (job.detail ?? null) : null,
});

export const isOpen = (job: ShownJob): boolean => job.state === "queued" || job.state === "running";

/** "812 B", "4.2 kB", "16 MB", "2.1 GB". */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return asOne(`${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`);
}

/** "4 s", "1 min 20 s". */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? t`${whole} s` : t`${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What is imported and requirements.txt does not name, installed or not. */
export function unwritten({
  missing,
  undeclared,
  declared,
}: Schemas["ProjectRequirements"]): Schemas["NeededPackage"][] {
  const names = new Set(declared.map((each) => each.name));
  return [...missing.filter((each) => !names.has(each.distribution)), ...undeclared];
}

/** What a job does at this moment, in one line. */
export function phaseText(job: ShownJob): string {
  if (job.state === "queued") return t`Waits for the change before it`;
  if (job.phase === "downloading" && job.totalBytes > 0)
    return t`${job.text} · ${sizeText(job.doneBytes)} of ${sizeText(job.totalBytes)}`;
  return job.text === "" ? t`Beginning` : job.text;
}

/** How full the bar is, from 0 to 1; null where nobody knows. */
export function share(job: ShownJob): number | null {
  switch (job.phase) {
    case "resolving":
      return 0.12;
    case "preparing":
      return 0.25;
    case "downloading":
      return job.totalBytes > 0 ? 0.3 + 0.5 * (job.doneBytes / job.totalBytes) : 0.3;
    case "building":
      return null;
    case "installing":
      return 0.85;
    case "finishing":
      return 0.97;
    default:
      return null;
  }
}

/** "tidy 1.4 → 2.1", "six 1.17 came", "six went". */
export function changeText({ name, before, after }: PackageChange): string {
  if (before === null) return `${name} ${after ?? ""}`;
  if (after === null) return t`${name} removed`;
  return `${name} ${before} → ${after}`;
}

const BETWEEN = /(?:,\s*|\s+)(?=[A-Za-z])(?![^[]*\])/;

/** The lines that somebody typed or pasted: names are parted by commas or spaces, what is no plain name by lines. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) => (/^\s*[-.]|[@;#]/.test(line) ? [line] : line.split(BETWEEN)))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Those packages whose name or purpose holds the words looked for; what was asked for comes first. */
export function found(packages: readonly Package[], query: string): Package[] {
  const words = query.trim().toLowerCase().replaceAll("_", "-");
  const rank = { declared: 0, base: 1, needed: 2 };
  return packages
    .filter((each) => words === "" || each.name.includes(words) || each.summary.toLowerCase().includes(words))
    .toSorted((a, b) => rank[a.origin] - rank[b.origin] || a.name.localeCompare(b.name));
}

/** "Ada", "Ada and Bob", "Ada, Bob and 2 more". */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length > 3) return t`${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
  return t`${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;
}

export const sureness = (confidence: number): string =>
  confidence >= 0.95 ? t`sure` : confidence >= 0.8 ? t`very likely` : t`likely`;

/** Open requests for the same line are one, with all who ask for it. */
export interface Wanted {
  readonly line: string;
  readonly requests: readonly PackageRequest[];
  readonly people: readonly string[];
}

export function wanted(requests: readonly PackageRequest[]): Wanted[] {
  const open = requests.filter((each) => each.state === "open");
  return [...new Set(open.map((each) => each.line))].map((line) => {
    const of = open.filter((each) => each.line === line);
    return { line, requests: of, people: of.map((each) => each.by?.display_name ?? t`Somebody`) };
  });
}

/** What one person answered to several requests, told in one sentence. */
export interface Answer {
  readonly state: "installed" | "declined";
  readonly who: string;
  readonly lines: readonly string[];
  readonly ids: readonly string[];
}

export function answers(requests: readonly PackageRequest[]): Answer[] {
  const settled = requests.filter((each) => each.state !== "open");
  const whose = (each: PackageRequest): string => `${each.state} ${each.answered_by?.id ?? ""}`;
  return [...new Set(settled.map(whose))].map((key) => {
    const of = settled.filter((each) => whose(each) === key);
    return {
      state: key.startsWith("declined") ? "declined" : "installed",
      who: of[0]?.answered_by?.display_name ?? t`Somebody`,
      lines: [...new Set(of.map((each) => each.line))],
      ids: of.map((each) => each.id),
    };
  });
}

const MODULE = /No module named ['"]?([A-Za-z0-9_][\w.]*)/g;
const HINTS = [/Missing optional dependency ['"]([A-Za-z0-9][\w.-]*)['"]/, /pip3? install ['"`]?([A-Za-z0-9][\w.-]*)/];

/** The module that an error misses; what the text asks people to install counts as one. Null for other errors. */
export function missingModule(error: { ename: string; evalue: string; traceback: readonly string[] }): string | null {
  if (error.ename !== "ModuleNotFoundError" && error.ename !== "ImportError") return null;
  const said = [...error.evalue.matchAll(MODULE)][0]?.[1];
  if (said !== undefined) return said.replace(/\.$/, "");
  for (const hint of HINTS) {
    const found = hint.exec(error.evalue)?.[1];
    if (found !== undefined) return found;
  }
  // The cause of an ImportError stands above it.
  // eslint-disable-next-line no-control-regex
  const above = error.traceback.join("\n").replace(/\u001b\[[0-9;]*m/g, "");
  return [...above.matchAll(MODULE)].at(-1)?.[1] ?? null;
}
