/** What the page says of a repository. Pure. */
import { plural, t } from "@lingui/core/macro";
import type { Schemas } from "../wire/http";
import type { GitState } from "./useGit";

const CHANGES: Record<Schemas["GitChange"]["change"], string> = {
  added: t`New`,
  modified: t`Changed`,
  deleted: t`Deleted`,
};

export function changeWord(change: Schemas["GitChange"]["change"]): string {
  return CHANGES[change];
}

/** In a word or two, for where there is little room. */
export function standing(git: GitState): string {
  if (git.work !== null) return git.work.text;
  switch (git.state) {
    case "none":
      return "";
    case "cloning":
      return t`Cloning`;
    case "failed":
      return t`Not cloned`;
    case "ready":
      break;
  }
  const changed = git.changes.length + git.more_changes;
  const parts = [
    changed > 0 ? t`${changed} changed` : "",
    git.behind > 0 ? `↓${git.behind}` : "",
    git.ahead > 0 ? `↑${git.ahead}` : "",
  ].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(" · ") : (git.branch ?? "");
}

export function commits(count: number): string {
  return plural(count, { one: "# commit", other: "# commits" });
}

export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The name that a project gets from an address, until somebody types one. */
export function nameFrom(url: string): string {
  const last = url.trim().replace(/\/+$/, "").split(/[/:]/).pop() ?? "";
  return last.replace(/\.git$/, "").slice(0, 200);
}
