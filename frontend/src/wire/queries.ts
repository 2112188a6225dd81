/** What pages read from the server, with the key under which each answer is kept. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./api";
import { ApiError, type FolderListing, type Me } from "./http";

const LATEST = 20;
const PRESENCE_EVERY_MS = 10_000;
const KERNELS_EVERY_MS = 3_000;
const FRAMES_STALE_MS = 2_000;
const SCHEMA_STALE_MS = 600_000;
const FILES_EVERY_MS = 3_000;

/** The person signed in, or null. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await api.me({ signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => api.sessions({ signal }),
});
export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: ({ signal }) => api.tokens({ signal }) });
export const usersQuery = queryOptions({ queryKey: ["users"], queryFn: ({ signal }) => api.users({ signal }) });

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: ({ signal }) => api.projects({ signal }),
});

export const projectBinQuery = queryOptions({
  queryKey: ["projects", "bin"],
  queryFn: ({ signal }) => api.projectBin({ signal }),
});

export const projectQuery = (id: string) =>
  queryOptions({ queryKey: ["project", id], queryFn: ({ signal }) => api.project(id, { signal }) });

/** Asked again while it is in sight: people join and leave. */
export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "members"],
    queryFn: ({ signal }) => api.members(project, { signal }),
    refetchInterval: PRESENCE_EVERY_MS,
    refetchOnMount: "always",
  });

export const linksQuery = (project: string) =>
  queryOptions({ queryKey: ["project", project, "links"], queryFn: ({ signal }) => api.links(project, { signal }) });

/** What connections can lead to: the same until the server is another one. */
export const connectionKindsQuery = queryOptions({
  queryKey: ["connection-kinds"],
  staleTime: Infinity,
  queryFn: ({ signal }) => api.connectionKinds({ signal }),
});

export const connectionsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "connections"],
    queryFn: ({ signal }) => api.connections(project, { signal }),
  });

/** What lies at a place of a store; null: its buckets. */
export const objectsQueryKey = (
  project: string,
  id: string,
  place: { readonly bucket: string; readonly prefix: string } | null,
) => ["project", project, "connections", id, "objects", place?.bucket ?? null, place?.prefix ?? null] as const;

export const connectionEventsQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: ["project", project, "connections", id, "events"],
    queryFn: ({ signal }) => api.connectionEvents(project, id, { signal }),
    staleTime: 0,
  });

/** What is in the database of a connection. The server remembers it; asked a second time, it is read anew. */
export const databaseSchemaQuery = (project: string, connection: string) => {
  const queryKey = ["project", project, "connections", connection, "schema"] as const;
  return queryOptions({
    queryKey,
    queryFn: ({ signal, client }) =>
      api.databaseSchema(project, connection, client.getQueryData(queryKey) !== undefined, { signal }),
    staleTime: SCHEMA_STALE_MS,
    retry: false,
    refetchOnWindowFocus: false,
  });
};

/** The tables in a kernel's variables: they change with every run. */
export const framesQuery = (notebook: string) =>
  queryOptions({
    queryKey: ["notebook", notebook, "frames"],
    queryFn: ({ signal }) => api.frames(notebook, { signal }),
    staleTime: FRAMES_STALE_MS,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** The first rows of one of its tables. */
export const databaseRowsQuery = (project: string, connection: string, place: { schema: string; table: string }) =>
  queryOptions({
    queryKey: ["project", project, "connections", connection, "rows", place.schema, place.table],
    queryFn: ({ signal }) => api.databaseRows(project, connection, place, { signal }),
    staleTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** Asked again while the page is in sight: it shows who is in which notebook. */
export const notebooksQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "notebooks"],
    queryFn: ({ signal }) => api.notebooks(project, { signal }),
    refetchInterval: PRESENCE_EVERY_MS,
  });

/** The notebooks that were edited last, in whichever project. */
export const latestNotebooksQuery = queryOptions({
  queryKey: ["notebooks", "latest"],
  queryFn: ({ signal }) => api.latestNotebooks(LATEST, { signal }),
  refetchInterval: PRESENCE_EVERY_MS,
});

export const binQuery = (project: string) =>
  queryOptions({ queryKey: ["project", project, "bin"], queryFn: ({ signal }) => api.bin(project, { signal }) });

/** The first `parts` parts of a folder of a project, in one. */
export const folderQuery = (project: string, address: string, parts: number) =>
  queryOptions({
    queryKey: ["project", project, "files", address, parts],
    queryFn: async ({ signal }): Promise<FolderListing> => {
      const first = await api.folder(project, address, null, { signal });
      const items = [...first.items];
      let next = first.next ?? null;
      for (let part = 1; part < parts && next !== null; part += 1) {
        const following = await api.folder(project, address, next, { signal });
        items.push(...following.items);
        next = following.next ?? null;
      }
      return { ...first, items, next };
    },
  });

/** Asked again while in sight: kernels and other people write files without a word. */
export const folderMarksQuery = (project: string, folders: readonly string[]) =>
  queryOptions({
    queryKey: ["project", project, "file-marks", folders],
    queryFn: ({ signal }) => api.folderMarks(project, folders, { signal }),
    refetchInterval: FILES_EVERY_MS,
    staleTime: 0,
  });

export const filesUsageQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "files-usage"],
    queryFn: ({ signal }) => api.filesUsage(project, { signal }),
  });

export const deletedFilesQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "deleted-files"],
    queryFn: ({ signal }) => api.deletedFiles(project, { signal }),
  });

/** The machines for a notebook, and the one it has now. */
export const hardwareQuery = (notebook: string) =>
  queryOptions({ queryKey: ["hardware", notebook], queryFn: ({ signal }) => api.hardware(notebook, { signal }) });

/** What earlier kernels of a notebook left; `saved` is the newest set, so that the list is read anew with it. */
export const savedQuery = (notebook: string, saved: string) =>
  queryOptions({ queryKey: ["saved", notebook, saved], queryFn: ({ signal }) => api.saved(notebook, { signal }) });

/** Which variables could be kept now: asked anew whenever somebody looks, and never twice for one look. */
export const keepableQuery = (notebook: string) =>
  queryOptions({
    queryKey: ["keepable", notebook],
    queryFn: ({ signal }) => api.keepable(notebook, { signal }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: ({ signal }) => api.catalogue({ signal }),
});

export const groupsQuery = queryOptions({ queryKey: ["groups"], queryFn: ({ signal }) => api.groups({ signal }) });

/** What was done on this server, of one kind or of all, the newest first. */
export const auditQuery = (kind: string | null) =>
  infiniteQueryOptions({
    queryKey: ["audit", kind],
    queryFn: ({ pageParam, signal }) => api.audit(kind, pageParam, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    staleTime: 0,
  });

/** Asked again while the page is in sight: the figures live. */
export const kernelsQuery = queryOptions({
  queryKey: ["kernels"],
  queryFn: ({ signal }) => api.kernels({ signal }),
  refetchInterval: KERNELS_EVERY_MS,
});

/** Asked anew whenever somebody looks: versions come by themselves. */
export const versionsQuery = (notebook: string) =>
  queryOptions({
    queryKey: ["versions", notebook],
    queryFn: ({ signal }) => api.versions(notebook, { signal }),
    refetchOnMount: "always",
  });

/** A version compared with now, so never kept for long. */
export const versionQuery = (notebook: string, version: string) =>
  queryOptions({
    queryKey: ["versions", notebook, version],
    queryFn: ({ signal }) => api.compareVersion(notebook, version, { signal }),
    staleTime: 0,
    gcTime: 0,
  });
