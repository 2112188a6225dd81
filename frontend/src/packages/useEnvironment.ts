/** A project's environment as this page knows it, and what can be done with it. */

import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useReadable } from "../model/use";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { ApiError, reasonOf, type Schemas } from "../wire/http";
import type { JobProgress } from "../wire/messages";
import type { PackageNews } from "../wire/provider";
import type { Readable } from "../wire/store";
import { fromJob, isOpen, type Environment, type Job } from "./words";

const SOON_MS = 1000;
export const LATER_MS = 15_000;

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

/** What the project imports, declares and lacks. Asked again when the socket says that it changed. */
export const requirementsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "requirements"],
    queryFn: ({ signal }) => api.requirements(project, { signal }),
  });

/** The packages that requirements.txt names and nothing imports. */
export function useUnused(project: string): ReadonlySet<string> {
  const { data } = useQuery(requirementsQuery(project));
  return new Set((data?.declared ?? []).filter((each) => !each.used).map((each) => each.name));
}

/** Who asks for which package, as far as it concerns this person. */
export const requestsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "package-requests"],
    queryFn: ({ signal }) => api.packageRequests(project, { signal }),
  });

/** What a module needs that could not be imported. */
export const offerQuery = (project: string, module: string) =>
  queryOptions({
    queryKey: ["project", project, "requirements", "import", module],
    queryFn: ({ signal }) => api.importOffer(project, module, { signal }),
  });

/** Ask again for what the notebook's socket says has changed, wherever on the page it is shown. */
export function usePackageNews(project: string | null, job: Readable<JobProgress | null>, news: Readable<PackageNews>) {
  const client = useQueryClient();
  const told = useReadable(job, (now) => (now === null ? "" : `${now.id} ${now.state}`));
  const imports = useReadable(news, (now) => now.imports);
  const requests = useReadable(news, (now) => now.requests);
  useEffect(() => {
    if (project === null || told === "") return;
    void client.invalidateQueries({ queryKey: environmentQuery(project).queryKey });
    void client.invalidateQueries({ queryKey: requirementsQuery(project).queryKey });
  }, [told, project, client]);
  useEffect(() => {
    if (project !== null) void client.invalidateQueries({ queryKey: requirementsQuery(project).queryKey });
  }, [imports, project, client]);
  useEffect(() => {
    if (project !== null) void client.invalidateQueries({ queryKey: requestsQuery(project).queryKey });
  }, [requests, project, client]);
}

/** Writing lines into requirements.txt, for people who may edit and not install. */
export function useDeclare(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (lines: readonly string[]) => api.declare(project, lines),
    onSuccess: () => toast(t`Written into requirements.txt. Somebody who may install can do so now.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: requirementsQuery(project).queryKey });
      await client.invalidateQueries({ queryKey: ["project", project, "files"] });
    },
  });
}

/** Asking others for packages, and what becomes of it. */
export function useRequests(project: string) {
  const client = useQueryClient();
  const settled = {
    onError: (error: Error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: requestsQuery(project).queryKey }),
  };
  const ask = useMutation({ mutationFn: (lines: readonly string[]) => api.askForPackages(project, lines), ...settled });
  const forget = useMutation({ mutationFn: (id: string) => api.forgetRequest(project, id), ...settled });
  const decline = useMutation({
    mutationFn: (ids: readonly string[]) => Promise.all(ids.map((id) => api.declineRequest(project, id))),
    ...settled,
  });
  return { ask, forget, decline };
}

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
    onSuccess: (job, { wish }) => {
      client.setQueryData(wishKey(job.id), wish);
      tookUp(client, project, job);
    },
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

const wishKey = (job: string) => ["job", job, "wish"];

/** What this person wished that `job` does, to be asked again; null for what others began. */
export function useWish(job: string | null): Wish | null {
  return useQuery<Wish>({ queryKey: wishKey(job ?? ""), enabled: false }).data ?? null;
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
