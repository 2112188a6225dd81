import { t } from "@lingui/core/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ArrowDownToLine, ArrowUpFromLine, FolderGit2, RefreshCw, RotateCcw } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Time } from "../ui/Time";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Schemas } from "../wire/http";
import { ACCESS } from "./AccessCard";
import { BranchMenu } from "./BranchMenu";
import { Changes } from "./Changes";
import { Conflicts, type Answers } from "./Conflicts";
import { History } from "./History";
import { Settings, type GitRights } from "./Settings";
import { bodyOf, NO_SOURCE, SourceFields } from "./SourceFields";
import { gitQuery, useGitNews, type GitState } from "./useGit";
import { commits } from "./words";
import { WorkRow } from "./WorkRow";

export interface GitPanelProps {
  project: string;
  /** What the person may do here. */
  rights: readonly string[];
}

/** A project's repository: what differs, what is new, and the way there and back. */
export function GitPanel({ project, rights }: GitPanelProps) {
  const git = useQuery(gitQuery(project));
  const may: GitRights & { mayBring: boolean } = {
    mayWrite: rights.includes("FILES"),
    mayBring: rights.includes("FILES") && rights.includes("RUN"),
    mayManage: rights.includes("CONNECTIONS"),
    mayDisconnect: rights.includes("SHARE"),
  };
  if (git.data === undefined)
    return git.isError ? (
      <Banner tone="err" live actions={<Button onClick={() => void git.refetch()}>{t`Try again`}</Button>}>
        {reasonOf(git.error)}
      </Banner>
    ) : (
      <Loading label={t`Loading the repository`}>
        <Skeleton className="h-9 w-2/3" />
        <Skeleton className="mt-4 h-32 w-full" />
      </Loading>
    );
  switch (git.data.state) {
    case "none":
      return <Connect project={project} mayConnect={may.mayBring} />;
    case "cloning":
      return <Cloning project={project} git={git.data} mayStop={may.mayWrite} />;
    case "failed":
      return <NotCloned project={project} git={git.data} may={may} />;
    case "ready":
      return <Ready project={project} git={git.data} may={may} error={git.isError ? reasonOf(git.error) : null} />;
  }
}

function Connect({ project, mayConnect }: { project: string; mayConnect: boolean }) {
  const [source, setSource] = useState(NO_SOURCE);
  const news = useGitNews(project);
  const connect = useMutation({ mutationFn: () => api.connectGit(project, bodyOf(source)), onSettled: news });
  if (!mayConnect)
    return (
      <EmptyState
        icon={FolderGit2}
        title={t`No repository`}
      >{t`This project belongs to no Git repository. Somebody who may change its files can connect it to one.`}</EmptyState>
    );
  return (
    <form
      className="max-w-160 rounded-card border border-line bg-card p-5 shadow-low"
      onSubmit={(event) => {
        event.preventDefault();
        if (source.url.trim() !== "" && !connect.isPending) connect.mutate();
      }}
    >
      <h2 className="text-[15px]">{t`Connect this project to a repository`}</h2>
      <p className="mt-1 mb-4 text-fg2">{t`Its notebooks come in beside those that are here, and what is here can be committed and pushed. Nothing is overwritten. An empty repository is fine, too.`}</p>
      <SourceFields source={source} onChange={setSource} error={connect.isError ? reasonOf(connect.error) : null} />
      <div className="mt-5 flex justify-end">
        <Button
          kind="primary"
          type="submit"
          disabled={source.url.trim() === ""}
          busy={connect.isPending}
        >{t`Connect`}</Button>
      </div>
    </form>
  );
}

function Cloning({ project, git, mayStop }: { project: string; git: GitState; mayStop: boolean }) {
  const stop = useStop(project);
  return (
    <div className="max-w-160 space-y-3">
      <Address git={git} />
      <WorkRow work={git.work} onStop={mayStop ? stop : undefined} />
    </div>
  );
}

function NotCloned({ project, git, may }: { project: string; git: GitState; may: GitRights & { mayBring: boolean } }) {
  const news = useGitNews(project);
  const again = useMutation({
    mutationFn: () => api.cloneGit(project),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  return (
    <div className="max-w-160 space-y-4">
      <Address git={git} />
      <Banner
        tone="err"
        live
        actions={
          may.mayBring && (
            <Button icon={RotateCcw} busy={again.isPending} onClick={() => again.mutate()}>{t`Clone again`}</Button>
          )
        }
      >
        <p className="font-medium">{t`The repository was not cloned`}</p>
        <p className="text-[13px]">{git.problem?.reason}</p>
      </Banner>
      <Part title={t`Repository`}>
        <Settings project={project} git={git} rights={{ ...may, mayWrite: false }} />
      </Part>
    </div>
  );
}

function Ready({
  project,
  git,
  may,
  error,
}: {
  project: string;
  git: GitState;
  may: GitRights & { mayBring: boolean };
  error: string | null;
}) {
  const [conflicts, setConflicts] = useState<Parameters<typeof Conflicts>[0]["conflicts"]>([]);
  const stop = useStop(project);
  const news = useGitNews(project);
  const settled = { onError: (failed: Error) => toastError(reasonOf(failed)), onSettled: news };
  const pull = useMutation({
    mutationFn: (answers: Answers) => api.pullGit(project, answers),
    onSuccess: (pulled) => {
      setConflicts(pulled.conflicts);
      if (pulled.state === "up_to_date") toast(t`Nothing new.`);
      else if (pulled.state !== "conflicts") toast(pulled.state === "merged" ? t`Merged.` : t`Up to date now.`);
    },
    ...settled,
  });
  const push = useMutation({
    mutationFn: () => api.pushGit(project),
    onSuccess: (pushed) => toast(t`Pushed to ${pushed.branch}.`),
    ...settled,
  });
  const look = useMutation({ mutationFn: () => api.fetchGit(project), ...settled });
  const isIdle = git.work === null;
  return (
    <div className="max-w-200 space-y-6">
      <header className="space-y-3">
        <Address git={git} />
        <div className="flex flex-wrap items-center gap-2">
          <BranchMenu project={project} branch={git.branch ?? "main"} mayChange={may.mayBring && isIdle} />
          <Standing git={git} />
          <span className="ms-auto flex items-center gap-2">
            {may.mayWrite && (
              <IconButton
                icon={RefreshCw}
                label={t`Look for news`}
                disabled={!isIdle || look.isPending}
                onClick={() => look.mutate()}
              />
            )}
            {may.mayBring && (
              <Button
                icon={ArrowDownToLine}
                disabled={!isIdle}
                busy={pull.isPending && conflicts.length === 0}
                onClick={() => pull.mutate({})}
              >
                {git.behind > 0 ? t`Pull ${git.behind}` : t`Pull`}
              </Button>
            )}
            {may.mayWrite && (
              <Button
                icon={ArrowUpFromLine}
                disabled={!isIdle || git.last === null || (git.has_upstream && git.ahead === 0)}
                busy={push.isPending}
                onClick={() => push.mutate()}
              >
                {git.ahead > 0 ? t`Push ${git.ahead}` : t`Push`}
              </Button>
            )}
          </span>
        </div>
      </header>
      {error !== null && (
        <Banner tone="err" live>
          {error}
        </Banner>
      )}
      {git.last_problem !== null && git.work === null && (
        <LastProblem
          problem={git.last_problem}
          mayManage={may.mayManage}
          onPull={may.mayBring ? () => pull.mutate({}) : undefined}
        />
      )}
      {git.notes.length > 0 && (
        <Banner tone="warn">
          <ul className="text-[13px]">
            {git.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Banner>
      )}
      {git.work === null ? (
        <Part title={t`Changes`}>
          <Changes project={project} git={git} mayWrite={may.mayWrite} />
        </Part>
      ) : (
        <WorkRow work={git.work} onStop={may.mayWrite && git.work.can_stop ? stop : undefined} />
      )}
      {git.work === null && (
        <Part title={t`History`}>
          <History project={project} git={git} />
        </Part>
      )}
      <Part title={t`Repository`}>
        <Settings project={project} git={git} rights={may} />
      </Part>
      {conflicts.length > 0 && (
        <Conflicts
          conflicts={conflicts}
          isPending={pull.isPending && Object.keys(pull.variables).length > 0}
          onDone={(answers) => pull.mutate(answers)}
          onClose={() => setConflicts([])}
        />
      )}
    </div>
  );
}

const OF_ACCESS = new Set(["bad_token", "needs_token", "no_connection", "wrong_connection", "key_refused"]);
const OF_HOST = new Set(["host_key_unknown", "host_key_changed"]);

/** Why the last exchange did not work, for every member, and the way to what would help. */
function LastProblem({
  problem,
  mayManage,
  onPull,
}: {
  problem: Schemas["GitProblem"];
  mayManage: boolean;
  onPull: (() => void) | undefined;
}) {
  const leads = mayManage && (OF_ACCESS.has(problem.code) || OF_HOST.has(problem.code));
  return (
    <Banner
      tone={problem.code === "cancelled" ? "warn" : "err"}
      live
      actions={
        (problem.code === "not_fast_forward" && onPull !== undefined && (
          <Button icon={ArrowDownToLine} onClick={onPull}>{t`Pull`}</Button>
        )) ||
        (leads && (
          <Button onClick={focusAccess}>
            {problem.code === "key_refused"
              ? t`Show the deploy key`
              : OF_HOST.has(problem.code)
                ? t`Look at the host key`
                : t`Change the token`}
          </Button>
        ))
      }
    >
      <p className="font-medium">{PROBLEMS[problem.kind] ?? t`Git could not do this`}</p>
      <p className="text-[13px]">
        {problem.reason} <span className="text-fg3">{t`Tried by ${problem.by_name}`}</span> <Time at={problem.at} />
      </p>
    </Banner>
  );
}

const PROBLEMS: Record<string, string> = {
  pull: t`The last pull did not work`,
  push: t`The last push did not work`,
  fetch: t`The other side could not be asked`,
  switch: t`The branch was not changed`,
};

/** Leads to the part of the page where tokens and keys are. */
function focusAccess(): void {
  const access = document.getElementById(ACCESS);
  access?.scrollIntoView({ block: "center" });
  access?.querySelector<HTMLElement>("input[type=password], button")?.focus();
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 text-[14px] font-medium text-fg2">{title}</h2>
      {children}
    </section>
  );
}

function Address({ git }: { git: GitState }) {
  return (
    <p className="flex min-w-0 items-center gap-2 text-fg2">
      <FolderGit2 size={16} aria-hidden className="shrink-0 text-fg3" />
      <span className="min-w-0 truncate font-mono text-[13px]">{git.url}</span>
    </p>
  );
}

function Standing({ git }: { git: GitState }) {
  const parts = [
    git.ahead > 0 ? t`${commits(git.ahead)} to push` : "",
    git.behind > 0 ? t`${commits(git.behind)} to pull` : "",
  ].filter((part) => part !== "");
  return (
    <span className="text-[13px] text-fg3">
      {parts.length > 0 ? parts.join(", ") : git.has_upstream ? t`In step with the other side` : t`Not pushed yet`}
      {git.fetched_at !== null && (
        <>
          {t` · asked `}
          <Time at={git.fetched_at} />
        </>
      )}
    </span>
  );
}

function useStop(project: string): () => void {
  const news = useGitNews(project);
  const stop = useMutation({
    mutationFn: () => api.stopGit(project),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  return () => stop.mutate();
}
