/** When a kernel stops, in words. Pure: `now` is passed in. */

import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import type { Alive } from "../wire/messages";
import { momentText } from "./time";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface KeepChoice {
  readonly label: string;
  readonly until: Date;
}

/** Times until which people keep a kernel: soon, later, and the end of the day while that lies ahead. */
export function keepChoices(now: Date): readonly KeepChoice[] {
  const choices = [
    { label: t`30 minutes`, until: new Date(now.getTime() + 30 * MINUTE) },
    { label: t`2 hours`, until: new Date(now.getTime() + 2 * HOUR) },
  ];
  const evening = at(now, 0, 18);
  const morning = at(now, 1, 9);
  const ahead = evening.getTime() - now.getTime() > 30 * MINUTE;
  return [...choices, ahead ? { label: t`Today 18:00`, until: evening } : { label: t`Tomorrow 9:00`, until: morning }];
}

function at(now: Date, days: number, hours: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hours);
}

/** What is left, to the second: 4:05; 1:02:03 above an hour; 0:00 once it is over. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** When the kernel stops as things are, in one sentence. */
export function stopText(alive: Alive, now: Date): string {
  if (alive.stops_at === null) return alive.cause === "max_life" ? "" : t`No stop is in sight.`;
  const when = clockText(alive.stops_at, now);
  if (alive.cause === "max_life") return t`Its time is over at ${when}, whatever it does.`;
  if (new Date(alive.stops_at).getTime() - now.getTime() < MINUTE)
    return t`Stops within a minute unless something happens.`;
  return t`Stops at ${when} unless something happens.`;
}

/** A clock time ahead: 18:00 today, or with its day: Fri 9:00. */
export function clockText(iso: string, now: Date): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return "";
  if (then.toDateString() === now.toDateString()) return momentText(iso, then);
  return `${then.toLocaleDateString(currentLocale(), { weekday: "short" })} ${momentText(iso, then)}`;
}

/** The value of a `datetime-local` field, which knows no time zone. */
export function fieldTime(then: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
  return `${day}T${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** A count with its noun: 1 variable, 12 variables. */
export const variablesText = (count: number): string => plural(count, { one: "# variable", other: "# variables" });
