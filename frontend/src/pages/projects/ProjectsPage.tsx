import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderPlus, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Me, type Project } from "../../wire/http";
import { projectBinQuery, projectsQuery } from "../../wire/queries";
import { BinSection } from "../shell/BinSection";
import { Crumb, PageShell } from "../shell/PageShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { LatestNotebooks } from "./LatestNotebooks";
import { NewProjectDialog } from "./NewProjectDialog";
import { ProjectCard } from "./ProjectCard";

export default function ProjectsPage() {
  return <SignedIn>{(me) => <Projects me={me} />}</SignedIn>;
}

function Projects({ me }: { me: Me }) {
  const client = useQueryClient();
  const projects = useQuery(projectsQuery);
  const bin = useQuery({ ...projectBinQuery, enabled: !me.guest });
  const [making, setMaking] = useState(false);
  const shown = projects.data;

  const setDeleted = useMutation({
    mutationFn: ({ project, deleted }: { project: Project; deleted: boolean }) =>
      deleted ? api.deleteProject(project.id) : api.changeProject(project.id, { deleted: false }),
    onMutate: ({ project, deleted }) => {
      if (deleted) client.setQueryData(projectsQuery.queryKey, (old) => old?.filter((each) => each.id !== project.id));
    },
    onSuccess: (_answer, { project, deleted }) => {
      if (deleted) toastUndo(t`“${project.name}” is in the bin.`, () => setDeleted.mutate({ project, deleted: false }));
      else toast(t`“${project.name}” is back.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery.queryKey }),
  });
  const newProject = <Button kind="primary" icon={Plus} onClick={() => setMaking(true)}>{t`New project`}</Button>;

  return (
    <PageShell title={t`Projects`} me={me} crumbs={<Crumb>Commonbook</Crumb>}>
      {projects.isError && projects.data === undefined ? (
        <Problem error={projects.error} onRetry={() => void projects.refetch()} />
      ) : (
        <>
          <header className="mb-7 flex items-center justify-between gap-4">
            <h1>{t`Projects`}</h1>
            {!me.guest && shown !== undefined && shown.length > 0 && newProject}
          </header>
          {shown === undefined && (
            <Loading label={t`Loading your projects`}>
              <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3">
                <Skeleton className="h-36" />
                <Skeleton className="h-36" />
                <Skeleton className="h-36" />
              </div>
            </Loading>
          )}
          {shown?.length === 0 && (
            <div className="rounded-[14px] border border-dashed border-line2">
              <EmptyState
                icon={FolderPlus}
                title={t`Your first project`}
                actions={me.guest ? undefined : newProject}
              >{t`A project holds notebooks, and the people who write and run them with you.`}</EmptyState>
            </div>
          )}
          {shown !== undefined && shown.length > 0 && (
            <>
              <LatestNotebooks />
              <ul aria-label={t`Your projects`} className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3">
                {shown.map((project) => (
                  <ProjectCard
                    key={project.id}
                    project={project}
                    onDelete={() => setDeleted.mutate({ project, deleted: true })}
                  />
                ))}
              </ul>
            </>
          )}
        </>
      )}
      <BinSection
        label={t`Deleted projects`}
        items={bin.data ?? []}
        onRestore={(project) => setDeleted.mutate({ project, deleted: false })}
      />
      <NewProjectDialog open={making} onOpenChange={setMaking} />
    </PageShell>
  );
}
