/** What was done, in one sentence behind the name of whoever did it. Pure. */
import { t } from "@lingui/core/macro";
import type { Schemas } from "../../wire/http";

type Entry = Pick<Schemas["AuditEntry"], "action" | "name" | "detail">;

export type Kind = "all" | "uses" | "connections" | "rights";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export function whatWasDone(entry: Entry): string {
  const { name } = entry;
  const role = textOf(entry.detail["role"]);
  switch (entry.action) {
    case "connection used": {
      const use = textOf(entry.detail["for"]);
      return t`used the secrets of ${name} for: ${use}`;
    }
    case "connection added":
      return t`added the connection ${name}`;
    case "connection changed":
      return t`changed the connection ${name}`;
    case "connection deleted":
      return t`deleted the connection ${name}`;
    case "member added":
      return role === "" ? t`added ${name}` : t`added ${name} as ${role}`;
    case "member invited":
      return role === "" ? t`invited ${name}` : t`invited ${name} as ${role}`;
    case "member changed":
      return t`changed the role of ${name}`;
    case "member removed":
      return t`removed ${name}`;
    case "member left":
      return t`left the project`;
    case "invitation taken":
      return t`took an invitation`;
    case "link made":
      return t`made a share link`;
    case "link revoked":
      return t`revoked a share link`;
    case "link used":
      return t`used a share link`;
    case "account changed":
      return t`changed the account ${name}`;
    case "password link made":
      return t`made a link for a new password of ${name}`;
    case "project changed":
      return t`changed the project`;
    default:
      return `${entry.action} ${name}`.trim();
  }
}

/** What is special to an action, as `name: value`, without what the sentence says already. */
export function details(detail: Schemas["AuditEntry"]["detail"]): string {
  return Object.entries(detail)
    .filter(([key]) => !["for", "role"].includes(key))
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
