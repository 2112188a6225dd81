/** The project's files in the palette: those of the folders that were opened on this page. */

import { t } from "@lingui/core/macro";
import type { QueryClient } from "@tanstack/react-query";
import { File, Folder } from "lucide-react";
import { opensEditor } from "../../files";
import { addressOf, editorAddress, parentOf, readable } from "../../files/names";
import { treeOf } from "../../files/treeState";
import type { Entry } from "../../palette/Palette";
import type { FileEntry, FolderListing } from "../../wire/http";
import { usePanel } from "./panel";

export function fileEntries(queries: QueryClient, project: string, go: (address: string) => void): Entry[] {
  const listings = queries.getQueriesData<FolderListing>({ queryKey: ["project", project, "files"] });
  const files = new Map(listings.flatMap(([, listing]) => listing?.items ?? []).map((file) => [file.path, file]));
  return [...files.values()].map((file) => ({
    id: `file ${file.path}`,
    title: readable(file.path),
    group: t`Files`,
    icon: file.kind === "folder" ? Folder : File,
    run: () => (opensEditor(file) ? go(editorAddress(project, file.address)) : showInTree(project, file)),
  }));
}

/** Bring a file before the eyes in the panel, with the folders above it open. */
function showInTree(project: string, file: FileEntry): void {
  const tree = treeOf(project).getState();
  for (let above = parentOf(file.path); above !== ""; above = parentOf(above)) tree.open(addressOf(above));
  if (file.kind === "folder") tree.open(file.address);
  if (!usePanel.getState().isOpen) usePanel.getState().toggle();
  tree.focus(file.address);
}
