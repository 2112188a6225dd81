import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderPlus, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toastError, toastUndo } from "../../ui/Toast";
import { reasonOf, type Me, type Project } from "../../wire/http";
import { projectsQuery } from "../../wire/queries";
import { PageShell } from "../shell/PageShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { deleteLater, usePendingDeletes } from "./deleteLater";
import { NewProjectDialog } from "./NewProjectDialog";
import { ProjectCard } from "./ProjectCard";

export default function ProjectsPage() {
  return <SignedIn>{(me) => <Projects me={me} />}</SignedIn>;
}

function Projects({ me }: { me: Me }) {
  const client = useQueryClient();
  const projects = useQuery(projectsQuery);
  const pending = usePendingDeletes((state) => state.ids);
  const [making, setMaking] = useState(false);
  const shown = projects.data?.filter((project) => !pending.has(project.id));

  const remove = (project: Project): void => {
    const undo = deleteLater(project.id, (error) => {
      if (error !== null) toastError(reasonOf(error));
      void client.invalidateQueries({ queryKey: projectsQuery.queryKey });
    });
    toastUndo(`“${project.name}” was deleted.`, undo);
  };
  const newProject = (
    <Button kind="primary" icon={Plus} onClick={() => setMaking(true)}>
      New project
    </Button>
  );

  return (
    <PageShell title="Projects" me={me}>
      {projects.isError && projects.data === undefined ? (
        <Problem error={projects.error} onRetry={() => void projects.refetch()} />
      ) : (
        <>
          <header className="mb-7 flex items-center justify-between gap-4">
            <h1>Projects</h1>
            {!me.guest && shown !== undefined && shown.length > 0 && newProject}
          </header>
          {shown === undefined && (
            <Loading label="Loading your projects">
              <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
                <Skeleton className="h-36" />
                <Skeleton className="h-36" />
                <Skeleton className="h-36" />
              </div>
            </Loading>
          )}
          {shown?.length === 0 && (
            <div className="rounded-[14px] border border-dashed border-line2">
              <EmptyState icon={FolderPlus} title="Your first project" actions={me.guest ? undefined : newProject}>
                A project holds notebooks, and the people who write and run them with you.
              </EmptyState>
            </div>
          )}
          {shown !== undefined && shown.length > 0 && (
            <ul aria-label="Your projects" className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
              {shown.map((project) => (
                <ProjectCard key={project.id} project={project} onDelete={() => remove(project)} />
              ))}
            </ul>
          )}
        </>
      )}
      <NewProjectDialog open={making} onOpenChange={setMaking} />
    </PageShell>
  );
}
