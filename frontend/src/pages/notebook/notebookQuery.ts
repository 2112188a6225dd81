/** What the notebook page reads over HTTP: names and whom to ask. Everything else comes over the socket. */

import { queryOptions } from "@tanstack/react-query";
import { request, type Project, type Schemas } from "../../wire/http";
import { projectQuery } from "../../wire/queries";

export const notebookQuery = (id: string) =>
  queryOptions({
    queryKey: ["notebook", id],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      request<Schemas["Notebook"]>("GET", `/api/notebooks/${encodeURIComponent(id)}`, undefined, { signal }),
  });

export const ownerQuery = projectQuery;

export const projectOwner = (project: Project | undefined): string | null => project?.owner?.display_name ?? null;
