/** How versions are told. Pure. */

import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import type { Schemas } from "../wire/http";

export type Version = Schemas["NotebookVersion"];

export function titleOf(version: Version): string {
  switch (version.kind) {
    case "named":
      return version.name ?? t`Named version`;
    case "before":
      return t`Before restoring`;
    case "automatic":
      return t`Kept by itself`;
  }
}

/** "2 cells changed, 1 added"; in short, as much stands beside it. */
export function countText({ added, removed, changed }: Pick<Version, "added" | "removed" | "changed">): string {
  const told = [
    added > 0 ? plural(added, { one: "# added", other: "# added" }) : "",
    changed > 0 ? plural(changed, { one: "# changed", other: "# changed" }) : "",
    removed > 0 ? plural(removed, { one: "# removed", other: "# removed" }) : "",
  ].filter((part) => part !== "");
  return told.length === 0 ? t`no changes` : told.join(", ");
}

/** Versions under the names of their days, in their order. */
export function byDay(
  versions: readonly Version[],
  now: Date,
  locale = currentLocale(),
): readonly { readonly day: string; readonly items: readonly Version[] }[] {
  const days: { day: string; items: Version[] }[] = [];
  for (const version of versions) {
    const day = dayOf(new Date(version.at), now, locale);
    const last = days.at(-1);
    if (last?.day === day) last.items.push(version);
    else days.push({ day, items: [version] });
  }
  return days;
}

function dayOf(then: Date, now: Date, locale: string): string {
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const ago = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (ago === 0) return t`Today`;
  if (ago === 1) return t`Yesterday`;
  return then.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
}
