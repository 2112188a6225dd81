import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { Palette } from "../../palette/Palette";
import { latestNotebooksQuery, notebooksQuery } from "../../wire/queries";
import type { NotebookPaletteProps } from "./NotebookPalette";
import { fileEntries } from "./fileEntries";
import { paletteEntries } from "./paletteEntries";

/** The palette with what this notebook has to offer. */
export function FilledPalette({
  session,
  project,
  share,
  open,
  onOpenChange,
}: Omit<NotebookPaletteProps, "asking"> & { open: boolean; onOpenChange: (open: boolean) => void }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  return (
    <Palette
      open={open}
      onOpenChange={onOpenChange}
      entries={() => {
        const here = project === null ? [] : (queries.getQueryData(notebooksQuery(project).queryKey) ?? []);
        const latest = queries.getQueryData(latestNotebooksQuery.queryKey) ?? [];
        const elsewhere = latest.filter((notebook) => notebook.project !== project);
        const commands = paletteEntries(session, [...here, ...elsewhere], project, {
          share,
          search: () => go("/search"),
          open: (id) => go(`/n/${id}`),
        });
        return project === null ? commands : [...commands, ...fileEntries(queries, project, go)];
      }}
    />
  );
}
