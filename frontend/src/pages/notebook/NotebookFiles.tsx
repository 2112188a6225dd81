import { useQuery } from "@tanstack/react-query";
import { useReadable } from "../../model/use";
import { partOnDemand } from "../../ui/onDemand";
import { meQuery } from "../../wire/queries";
import { drawFileTable } from "../shell/fileTable";
import type { NotebookSession } from "./session";

const FilesView = partOnDemand(async () => (await import("../../files")).FilesView);

/** The project's files in the panel beside a notebook; guests by link see the notebook alone. */
export function NotebookFiles({ session, project, name }: { session: NotebookSession; project: string; name: string }) {
  const me = useQuery(meQuery);
  const mayWrite = useReadable(session.rights, (now) => now.has("FILES"));
  const mayImport = useReadable(session.rights, (now) => now.has("EDIT"));
  if (me.data?.guest !== false) return null;
  return (
    <FilesView
      project={project}
      projectName={name}
      mayWrite={mayWrite}
      mayImport={mayImport}
      drawTable={drawFileTable}
    />
  );
}
