/** What the person may do here. The server sends capabilities; nothing compares roles. */

import { t } from "@lingui/core/macro";
import type { Capability } from "../wire/messages";

export type Rights = ReadonlySet<Capability>;

export const can = (rights: Rights, capability: Capability): boolean => rights.has(capability);

/** What a person without EDIT or RUN is told, or null for somebody with both. `owner` can change it. */
export function limitText(rights: Rights, owner: string | null): string | null {
  const whom = owner ?? t`the owner`;
  if (rights.has("EDIT") && rights.has("RUN")) return null;
  if (rights.has("EDIT")) return t`You can edit, not run. Ask ${whom} for the right to run.`;
  if (rights.has("RUN")) return t`You can run, not edit. Ask ${whom} for edit access.`;
  if (rights.has("COMMENT")) return t`You can view and comment. Ask ${whom} for edit access.`;
  return t`You can view. Ask ${whom} for edit access.`;
}
