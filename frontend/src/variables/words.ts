/** What the panel says, in words. Pure. */

import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { memoryText } from "../model/hardware";
import type { Variable, VariableOrigin, VariablesNow } from "../wire/variables";

/** "1,000 × 3" for a shape, "5" for a length, or nothing. */
export function shapeText(item: Variable): string {
  if (item.shape != null) return item.shape.length === 0 ? t`one value` : item.shape.map(digits).join(" × ");
  return item.length == null ? "" : digits(item.length);
}

export const sizeText = (item: Variable): string =>
  item.size == null ? "" : item.size < 1024 ? `${item.size} B` : memoryText(item.size);

const digits = (value: number): string => value.toLocaleString(currentLocale());

const CLOCK = new Intl.DateTimeFormat(currentLocale(), { hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat(currentLocale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** "10:42", with the day where that is not today. */
export function clock(at: string, now: Date): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return "";
  const sameDay = then.toDateString() === now.toDateString();
  const day = then.toLocaleDateString(currentLocale(), { day: "numeric", month: "short" });
  return sameDay ? CLOCK.format(then) : `${day}, ${CLOCK.format(then)}`;
}

/** "10:42:05" */
export const exactClock = (at: string): string => EXACT.format(new Date(at));

export interface OriginText {
  readonly before: string;
  /** Names the cell, and may lead there. */
  readonly cell: string;
  readonly after: string;
}

/** "Bound by Ada in cell 4 at 10:42; the cell was edited since." In parts, so that the cell can be a link. */
export function originText(verb: string, origin: VariableOrigin, cell: string | null, now: Date): OriginText {
  const who = origin.by_name === "" ? t`somebody` : origin.by_name;
  const edited = cell === null ? "" : origin.edited ? t`; the cell was edited since` : "";
  return {
    before: t`${verb} by ${who} in `,
    cell: cell ?? t`a deleted cell`,
    after: t` at ${clock(origin.at, now)}${edited}`,
  };
}

export interface StateText {
  readonly tone: "quiet" | "warn";
  readonly text: string;
}

/** What stands above the table, or null where there is nothing to say but the time. */
export function stateText(now: VariablesNow): StateText | null {
  const at = now.asOf === null ? "" : exactClock(now.asOf);
  switch (now.state) {
    case "late":
      return {
        tone: "warn",
        text:
          at === ""
            ? t`The kernel is in a call that lets nothing else run. The variables appear when it is over.`
            : t`The kernel is in a call that lets nothing else run. This is as of ${at}.`,
      };
    case "ended":
      return { tone: "warn", text: t`The kernel has ended, and its variables with it. This is what it held at ${at}.` };
    case "unavailable":
      return { tone: "warn", text: now.reason };
    case "none":
    case "unknown":
    case "current":
      return now.total > now.items.size && now.state === "current"
        ? { tone: "quiet", text: t`Showing ${digits(now.items.size)} of ${digits(now.total)} variables.` }
        : null;
  }
}
