/** What of a kernel's variables can be kept when it ends, in words. Pure. */

import { t } from "@lingui/core/macro";
import type { components } from "../wire/types";
import { sizeText } from "./time";

export type Found = components["schemas"]["KeepableVariables"];

export interface Keepable {
  /** One sentence on all of them. */
  summary: string;
  /** What else is lost without showing in the list; empty where nothing is. */
  note: string;
  /** What can be kept, the largest first; those of unknown size last. */
  kept: readonly { name: string; type: string; size: string }[];
  lost: readonly { name: string; why: string }[];
}

/** Sorts what the kernel told. Only the saving itself is certain; this is what is known before it. */
export function keepable(found: Found): Keepable {
  const kept = found.variables.filter((each) => each.why === null).sort((a, b) => (b.size ?? -1) - (a.size ?? -1));
  const lost = found.variables.filter((each) => each.why !== null);
  return {
    summary: summary(found, kept, lost.length),
    note:
      found.cloudpickle || kept.length === 0
        ? ""
        : t`Classes of the notebook, and what is made of them, cannot be kept without the package cloudpickle.`,
    kept: kept.map(({ name, type, size }) => ({ name, type, size: size === null ? "" : sizeText(size) })),
    lost: lost.map(({ name, why }) => ({ name, why: why ?? "" })),
  };
}

function summary({ variables, total }: Found, kept: Found["variables"], lost: number): string {
  if (total === 0) return t`Nothing to keep: there are no variables.`;
  if (total > variables.length) return t`${total} variables; the list shows the first ${variables.length}.`;
  const bytes = kept.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const about = bytes > 0 ? t`, about ${sizeText(bytes)}` : "";
  if (total === 1) return lost === 0 ? t`The only variable can be kept${about}.` : t`The only variable cannot be kept.`;
  if (lost === 0) return t`All ${total} variables can be kept${about}.`;
  if (kept.length === 0) return t`None of the ${total} variables can be kept.`;
  return t`${kept.length} of ${total} variables can be kept${about}.`;
}
