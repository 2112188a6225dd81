import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { Palette } from "../../palette/Palette";
import { latestNotebooksQuery, notebooksQuery } from "../../wire/queries";
import type { NotebookPaletteProps } from "./NotebookPalette";
import { paletteEntries } from "./paletteEntries";

/** The palette with what this notebook has to offer. */
export default function FilledPalette({
  session,
  project,
  asking,
  share,
  isOpen,
}: NotebookPaletteProps & { isOpen: boolean }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  return (
    <Palette
      open={isOpen}
      onOpenChange={(open) => {
        if (!open && asking.get() === "palette") asking.set(null);
      }}
      entries={() => {
        const here = project === null ? [] : (queries.getQueryData(notebooksQuery(project).queryKey) ?? []);
        const latest = queries.getQueryData(latestNotebooksQuery.queryKey) ?? [];
        const elsewhere = latest.filter((notebook) => notebook.project !== project);
        return paletteEntries(session, [...here, ...elsewhere], project, {
          share,
          search: () => go("/search"),
          open: (id) => go(`/n/${id}`),
        });
      }}
    />
  );
}
