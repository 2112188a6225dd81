/** A project's environment as this page knows it, and what can be done with it. */

import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { ApiError, reasonOf, type Schemas } from "../wire/http";
import { fromJob, isOpen, type Environment, type Job } from "./words";

const SOON_MS = 1000;
const LATER_MS = 15_000;

/** Asked again while it is in sight: often while something changes. */
export const environmentQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "environment"],
    queryFn: ({ signal }): Promise<Environment> => api.environment(project, { signal }),
    refetchInterval: (query) => {
      const job = query.state.data?.job;
      return job != null && isOpen(fromJob(job)) ? SOON_MS : LATER_MS;
    },
  });

/** What the project imports, declares and lacks; people type, so it is asked again. */
export const requirementsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "requirements"],
    queryFn: ({ signal }) => api.requirements(project, { signal }),
    refetchInterval: 5000,
  });

/** What a person wants to be done, so that it can be asked again with their word. */
export interface Wish {
  readonly send: (word: { confirmed: boolean; builds: boolean }) => Promise<Job>;
  /** What the page says when it begins. */
  readonly what: string;
}

export interface Doubt {
  readonly wish: Wish;
  readonly reason: string;
}

export function useEnvironment(project: string) {
  return useQuery(environmentQuery(project));
}

export function useChanges(project: string, onDoubt: (doubt: Doubt) => void) {
  const client = useQueryClient();
  const begin = useMutation({
    mutationFn: ({ wish, confirmed = false, builds = false }: { wish: Wish; confirmed?: boolean; builds?: boolean }) =>
      wish.send({ confirmed, builds }),
    onSuccess: (job) => tookUp(client, project, job),
    onError: (error, { wish }) => {
      if (error instanceof ApiError && error.code === "confirm_first") onDoubt({ wish, reason: error.reason });
      else toastError(reasonOf(error));
    },
  });
  const cancel = useMutation({
    mutationFn: (job: string) => api.cancelJob(job),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: environmentQuery(project).queryKey }),
  });
  return { begin, cancel };
}

/** Show a job at once, before the next question to the server. */
function tookUp(client: QueryClient, project: string, job: Job): void {
  const { queryKey } = environmentQuery(project);
  client.setQueryData(queryKey, (old: Environment | undefined) => (old === undefined ? old : { ...old, job }));
  void client.invalidateQueries({ queryKey });
}

export const wishes = (project: string) => ({
  install: (lines: readonly string[]): Wish => ({
    what: lines.join(", "),
    send: (word) => api.installPackages(project, { lines: [...lines], ...word }),
  }),
  remove: (name: string): Wish => ({ what: name, send: () => api.removePackage(project, name) }),
  upgrade: (name: string): Wish => ({ what: name, send: () => api.upgradePackage(project, name) }),
  act: (action: Schemas["ChangeEnvironment"]["action"], more: Partial<Schemas["ChangeEnvironment"]> = {}): Wish => ({
    what: action,
    send: (word) => api.changeEnvironment(project, { action, state: null, version: null, ...more, ...word }),
  }),
});
