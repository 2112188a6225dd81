/** What the person may do here. The server sends capabilities; nothing compares roles. */

import type { Capability } from "../wire/messages";

export type Rights = ReadonlySet<Capability>;

export const can = (rights: Rights, capability: Capability): boolean => rights.has(capability);

/** What a person without EDIT or RUN is told, or null for somebody with both. `owner` can change it. */
export function limitText(rights: Rights, owner: string | null): string | null {
  const whom = owner ?? "the owner";
  if (rights.has("EDIT") && rights.has("RUN")) return null;
  if (rights.has("EDIT")) return `You can edit, not run. Ask ${whom} for the right to run.`;
  if (rights.has("RUN")) return `You can run, not edit. Ask ${whom} for edit access.`;
  if (rights.has("COMMENT")) return `You can view and comment. Ask ${whom} for edit access.`;
  return `You can view. Ask ${whom} for edit access.`;
}
