/** The open folders of a tree, read when they open and again when something in them changed. */
import { useQueries, useQuery, useQueryClient, keepPreviousData } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { FolderListing } from "../wire/http";
import { folderMarksQuery, folderQuery } from "../wire/queries";
import { isWithin, parentOf, textOf } from "./names";
import { treeOf } from "./treeState";

export type Listings = ReadonlyMap<string, FolderListing | "loading" | "failed">;

const MOST_WATCHED = 100;

export function useListings(project: string): { listings: Listings; refresh: (folder?: string) => Promise<void> } {
  const client = useQueryClient();
  const tree = treeOf(project);
  const expanded = tree((state) => state.expanded);
  const parts = tree((state) => state.parts);
  const close = tree((state) => state.close);
  const folders = ["", ...[...expanded].filter((folder) => isInSight(folder, expanded))];
  const found = useQueries({
    queries: folders.map((folder) => ({
      ...folderQuery(project, folder, parts.get(folder) ?? 1),
      placeholderData: keepPreviousData,
    })),
  });
  const listings = new Map<string, FolderListing | "loading" | "failed">();
  folders.forEach((folder, index) => {
    const query = found[index];
    listings.set(folder, query?.data ?? (query?.isError === true ? "failed" : "loading"));
  });

  const refresh = useCallback(
    (folder = ""): Promise<void> =>
      client.invalidateQueries({
        predicate: ({ queryKey }) =>
          queryKey[1] === project &&
          (queryKey[2] === "files-usage" || (queryKey[2] === "files" && isWithin(String(queryKey[3]), folder))),
      }),
    [client, project],
  );

  const asked = folders.flatMap((folder) => textOf(folder) ?? []).slice(0, MOST_WATCHED);
  const marks = useQuery({ ...folderMarksQuery(project, asked), placeholderData: keepPreviousData }).data;
  useEffect(() => {
    for (const { folder, mark } of marks ?? []) {
      const address = folders.find((each) => textOf(each) === folder);
      if (address === undefined) continue;
      const key = folderQuery(project, address, parts.get(address) ?? 1).queryKey;
      const known = client.getQueryData(key);
      if (known === undefined || known.mark === mark) continue;
      if (mark === null && address !== "") close(address);
      else void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: ["project", project, "files-usage"] });
    }
    // Only news is compared: a listing that was read since is newer than the marks.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [marks]);
  return { listings, refresh };
}

/** Whether all folders above one are open too. */
function isInSight(folder: string, expanded: ReadonlySet<string>): boolean {
  const above = parentOf(folder);
  return above === "" || (expanded.has(above) && isInSight(above, expanded));
}
