/** Times in words. Pure: `now` is passed in. */

import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration as people say it: 4 ms, 1.3 s, 2 min 05 s, 3 h 12 min. */
export function durationText(ms: number): string {
  if (ms < SECOND) return t`${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return t`${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return t`${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return t`${Math.floor(ms / MINUTE)} min ${two(Math.floor((ms % MINUTE) / SECOND))} s`;
  return t`${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MINUTE))} min`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The clock time of today, or the day of an older moment: 10:42, yesterday 10:42, 3 Mar. */
export function momentText(iso: string, now: Date): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY);
  if (days <= 0) return clock;
  if (days === 1) return t`yesterday ${clock}`;
  const day = at.toLocaleDateString(currentLocale(), {
    day: "numeric",
    month: "short",
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  });
  return day;
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A size in decimal units: 512 kB, 1.4 GB. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}
