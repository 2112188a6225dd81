/** Times as people say them. */

import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "just now", "5 min ago", "3 h ago", "yesterday", "4 days ago", then the date. A clock that runs ahead reads as now. */
export function relativeTime(then: Date, now: Date, locale = currentLocale()): string {
  const age = now.getTime() - then.getTime();
  if (age < MINUTE) return t`just now`;
  if (age < HOUR) return t`${Math.floor(age / MINUTE)} min ago`;
  const days = midnights(then, now);
  if (days === 0 || age < 6 * HOUR) return t`${Math.floor(age / HOUR)} h ago`;
  if (days === 1) return t`yesterday`;
  if (days < 7) return plural(days, { one: "# day ago", other: "# days ago" });
  return dayOf(then, now, locale);
}

/** "in 5 min", "in 3 h", "tomorrow", "in 4 days", then "on" the date; what has passed reads as "now". */
export function timeUntil(then: Date, now: Date, locale = currentLocale()): string {
  const left = then.getTime() - now.getTime();
  if (left < MINUTE) return t`now`;
  if (left < HOUR) return t`in ${Math.floor(left / MINUTE)} min`;
  const days = midnights(now, then);
  if (days === 0 || left < 6 * HOUR) return t`in ${Math.floor(left / HOUR)} h`;
  if (days === 1) return t`tomorrow`;
  if (days < 60) return plural(days, { one: "in # day", other: "in # days" });
  return t`on ${dayOf(then, now, locale)}`;
}

/** The full date and time, for tooltips. */
export function absoluteTime(then: Date, locale = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }).format(then);
}

/** How many local midnights lie between two times. */
function midnights(earlier: Date, later: Date): number {
  const day = (time: Date): number => Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
  return Math.round((day(later) - day(earlier)) / DAY);
}

function dayOf(then: Date, now: Date, locale: string): string {
  const sameYear = then.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(then);
}
