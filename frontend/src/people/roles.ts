/** The roles in words, and which of them a person may give: the mirror of `collab/roles.py`, held to it by a test. */
import { t } from "@lingui/core/macro";
import type { Role, Schemas } from "../wire/http";

type Capability = Schemas["Capability"];

interface RoleWords {
  name: string;
  /** What it allows, then what it does not. */
  sentence: string;
  /** Mirrors the server, which decides; here it only hides what would be refused. */
  capabilities: readonly Capability[];
}

const VIEWER: readonly Capability[] = ["READ"];
const REVIEWER: readonly Capability[] = [...VIEWER, "COMMENT"];
const COLLABORATOR: readonly Capability[] = [...REVIEWER, "EDIT", "RUN", "FILES", "ENVIRONMENT"];
const ADMIN: readonly Capability[] = [...COLLABORATOR, "HARDWARE", "CONNECTIONS", "SHARE"];

export const ROLE_WORDS: Record<Role, RoleWords> = {
  viewer: { name: t`Viewer`, sentence: t`Sees everything live. Cannot edit, run or comment.`, capabilities: VIEWER },
  executor: {
    name: t`Executor`,
    sentence: t`Runs cells as written and comments. Cannot change text, files or packages.`,
    capabilities: [...REVIEWER, "RUN"],
  },
  editor: {
    name: t`Editor`,
    sentence: t`Writes and comments. Cannot run anything, so cannot change variables or outputs.`,
    capabilities: [...REVIEWER, "EDIT"],
  },
  collaborator: {
    name: t`Collaborator`,
    sentence: t`Edits, runs, writes files, installs packages. Cannot change the machine, connections or who has access.`,
    capabilities: COLLABORATOR,
  },
  admin: {
    name: t`Admin`,
    sentence: t`Also manages machine, connections and access. Cannot delete the project.`,
    capabilities: ADMIN,
  },
  owner: {
    name: t`Owner`,
    sentence: t`Can do everything, delete included. Cannot leave while the only owner.`,
    capabilities: [...ADMIN, "DELETE"],
  },
};

/** In the order in which they are offered. */
export const ROLES: readonly Role[] = ["viewer", "executor", "editor", "collaborator", "admin", "owner"];

/** The roles that a share link may carry. */
export const LINK_ROLES: readonly Role[] = ["viewer", "executor"];

export const TRUST_LINE = t`Everyone who can run shares one Python session and can read its variables, secrets and files.`;

/** What is said of a role; the project's switch lets viewers comment. */
export function roleSentence(role: Role, viewersComment: boolean): string {
  if (role === "viewer" && viewersComment) return t`Sees everything live and comments. Cannot edit or run.`;
  return ROLE_WORDS[role].sentence;
}

/** The roles that a person with `rights` may give, of `among`. */
export function grantable(rights: readonly string[], among: readonly Role[] = ROLES): Role[] {
  if (!rights.includes("SHARE")) return [];
  return among.filter((role) => ROLE_WORDS[role].capabilities.every((capability) => rights.includes(capability)));
}

/** Whether somebody with `rights` may change or remove a member who holds `role`. */
export function mayManage(rights: readonly string[], role: Role): boolean {
  return grantable(rights, [role]).length > 0;
}
