import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { NotebookText } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { GitEntry } from "../../git/GitEntry";
import { KernelFoot } from "../../kernel/KernelFoot";
import type { RuntimeIndex } from "../../model/index";
import { useReadable } from "../../model/use";
import { EnvironmentEntry } from "../../packages/EnvironmentEntry";
import { fromJob } from "../../packages/words";
import { AvatarStack } from "../../ui/AvatarStack";
import { cx } from "../../ui/cx";
import { Loading, Skeleton } from "../../ui/Skeleton";
import type { JobProgress } from "../../wire/messages";
import { notebooksQuery } from "../../wire/queries";
import type { Readable } from "../../wire/store";

/** The left panel: the project's notebooks and files, and the kernel at the foot. */
export function NotebookPanel({
  project,
  projectName,
  current,
  runtime,
  job,
  rights,
  outline,
  files,
}: {
  project: string | null;
  projectName: string;
  current: string;
  runtime: RuntimeIndex;
  job: Readable<JobProgress | null>;
  rights: Readable<ReadonlySet<string>>;
  outline: ReactNode;
  files: ReactNode;
}) {
  const live = useReadable(job, (now) => now);
  const held = useReadable(rights, (now) => now);
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 py-3">
        <nav aria-label={t`Notebooks of this project`} className="flex flex-col">
          <h2 className="shrink-0 truncate px-2 pb-2 text-xs font-semibold tracking-normal text-fg3">
            {projectName === "" ? t`Notebooks` : projectName}
          </h2>
          {project === null ? <Waiting /> : <List project={project} current={current} />}
        </nav>
        {outline}
        {files}
      </div>
      {project !== null && (
        <EnvironmentEntry
          project={project}
          mayChange={held.has("ENVIRONMENT")}
          mayEdit={held.has("EDIT")}
          live={live === null ? null : fromJob(live)}
        />
      )}
      {project !== null && <GitEntry project={project} rights={[...held]} />}
      <KernelFoot runtime={runtime} />
    </>
  );
}

function List({ project, current }: { project: string; current: string }) {
  const notebooks = useQuery(notebooksQuery(project));
  if (notebooks.isPending) return <Waiting />;
  if (notebooks.isError) return <p className="px-2 text-fg3">{t`The list could not be loaded.`}</p>;
  return (
    <ul className="flex flex-col gap-0.5">
      {notebooks.data.map((notebook) => {
        const isCurrent = notebook.id === current;
        return (
          <li key={notebook.id}>
            <Link
              href={`/n/${notebook.id}`}
              aria-current={isCurrent ? "page" : undefined}
              className={cx(
                "flex h-8 items-center gap-2 rounded-control px-2",
                isCurrent ? "bg-hover font-medium text-fg" : "text-fg2 hover:bg-hover hover:text-fg",
              )}
            >
              <NotebookText size={16} aria-hidden className={cx("shrink-0", isCurrent ? "text-accent" : "text-fg3")} />
              <span className="min-w-0 flex-1 truncate">{notebook.name}</span>
              {!isCurrent && (
                <AvatarStack
                  people={notebook.people.map((person) => ({
                    id: person.id,
                    name: person.display_name,
                    color: person.color,
                  }))}
                  max={3}
                  size="tiny"
                  label={t`In here now`}
                />
              )}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function Waiting() {
  return (
    <Loading label={t`Loading the notebooks`}>
      <div className="flex flex-col gap-2 px-2 pt-1">
        <Skeleton className="h-5 w-4/5" />
        <Skeleton className="h-5 w-3/5" />
      </div>
    </Loading>
  );
}
