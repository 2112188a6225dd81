/** A project's repository as this page knows it. */
import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { api } from "../wire/api";
import type { Schemas } from "../wire/http";

export type GitState = Schemas["Git"];
export type GitChange = Schemas["GitChange"];
export type GitCommit = Schemas["GitCommit"];
export type GitDiff = Schemas["GitDiff"];

const SOON_MS = 700;
const LATER_MS = 15_000;

/** Asked again while it is in sight: often while something goes on. */
export const gitQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "git"],
    queryFn: ({ signal }): Promise<GitState> => api.git(project, { signal }),
    refetchInterval: (query) => (isBusy(query.state.data) ? SOON_MS : LATER_MS),
    refetchOnMount: "always",
  });

export const gitDiffQuery = (project: string, path: string, commit: string | null) =>
  queryOptions({
    queryKey: ["project", project, "git", "diff", path, commit],
    queryFn: ({ signal }) => api.gitDiff(project, path, commit, { signal }),
    staleTime: commit === null ? 0 : Infinity,
    retry: false,
  });

export const gitHistoryQuery = (project: string, head: string | null, most: number) =>
  queryOptions({
    queryKey: ["project", project, "git", "history", head, most],
    queryFn: async ({ signal }) => {
      const items: GitCommit[] = [];
      let more = true;
      while (more && items.length < most) {
        const part = await api.gitHistory(project, items.length, { signal });
        items.push(...part.items);
        more = part.more;
      }
      return { items, more };
    },
  });

export const gitCommitQuery = (project: string, commit: string) =>
  queryOptions({
    queryKey: ["project", project, "git", "commit", commit],
    queryFn: ({ signal }) => api.gitCommitFiles(project, commit, { signal }),
    staleTime: Infinity,
  });

export const gitBranchesQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "git", "branches"],
    queryFn: ({ signal }) => api.gitBranches(project, { signal }),
    staleTime: 0,
  });

export const gitIgnoreQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "git", "ignore"],
    queryFn: ({ signal }) => api.gitIgnore(project, { signal }),
    staleTime: 0,
  });

export function isBusy(git: GitState | undefined): boolean {
  return git !== undefined && (git.work !== null || git.state === "cloning");
}

/** Ask anew for all that is known of the repository, and for the notebooks that may have come or gone. */
export function useGitNews(project: string): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: gitQuery(project).queryKey }),
      client.invalidateQueries({ queryKey: ["project", project, "notebooks"] }),
    ]);
  };
}
