/** How long a share link lasts. */

import { t } from "@lingui/core/macro";

export type Expiry = "day" | "week" | "month" | "never";

const DAYS: Record<Exclude<Expiry, "never">, number> = { day: 1, week: 7, month: 30 };

export const EXPIRIES: readonly { value: Expiry; label: string }[] = [
  { value: "day", label: t`For one day` },
  { value: "week", label: t`For one week` },
  { value: "month", label: t`For 30 days` },
  { value: "never", label: t`Until revoked` },
];

/** The end of a link made at `now`, as RFC 3339, or null for one without end. */
export function expiresAt(expiry: Expiry, now: Date): string | null {
  if (expiry === "never") return null;
  return new Date(now.getTime() + DAYS[expiry] * 86_400_000).toISOString();
}
