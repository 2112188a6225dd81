import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Time } from "../ui/Time";
import { reasonOf } from "../wire/http";
import { DiffView } from "./DiffView";
import { gitCommitQuery, gitHistoryQuery, type GitCommit, type GitState } from "./useGit";
import { changeWord } from "./words";

const STEP = 50;

/** Who committed what, and when; each commit opens to its files. */
export function History({ project, git }: { project: string; git: GitState }) {
  const [most, setMost] = useState(STEP);
  const [opened, setOpened] = useState<string | null>(null);
  const history = useQuery(gitHistoryQuery(project, git.last?.commit ?? null, most));
  if (history.isError) return <p className="text-err">{reasonOf(history.error)}</p>;
  if (history.data === undefined)
    return (
      <Loading label={t`Loading the history`}>
        <Skeleton className="h-24 w-full" />
      </Loading>
    );
  if (history.data.items.length === 0) return <p className="text-fg2">{t`There is no commit yet.`}</p>;
  return (
    <>
      <ol aria-label={t`History`} className="divide-y divide-line rounded-card border border-line bg-card shadow-low">
        {history.data.items.map((commit) => (
          <li key={commit.commit}>
            <button
              type="button"
              aria-expanded={opened === commit.commit}
              className="flex w-full items-center gap-2.5 px-3 py-2 text-start hover:bg-hover"
              onClick={() => setOpened(opened === commit.commit ? null : commit.commit)}
            >
              <ChevronRight
                size={16}
                aria-hidden
                className={cx("shrink-0 text-fg3 transition-transform", opened === commit.commit && "rotate-90")}
              />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{commit.subject}</span>
                <span className="block truncate text-[13px] text-fg3">
                  {commit.author} · <Time at={commit.at} />
                </span>
              </span>
              <code className="shrink-0 font-mono text-xs text-fg3">{commit.commit.slice(0, 7)}</code>
            </button>
            {opened === commit.commit && <Files project={project} commit={commit} />}
          </li>
        ))}
      </ol>
      {history.data.more && (
        <Button className="mt-3" onClick={() => setMost(most + STEP)}>{t`Show older commits`}</Button>
      )}
    </>
  );
}

function Files({ project, commit }: { project: string; commit: GitCommit }) {
  const files = useQuery(gitCommitQuery(project, commit.commit));
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <div className="border-t border-line bg-bg px-3 py-2">
      {commit.message !== commit.subject && (
        <p className="mb-2 text-[13px] whitespace-pre-wrap text-fg2">{commit.message}</p>
      )}
      {files.isError && <p className="text-[13px] text-err">{reasonOf(files.error)}</p>}
      {files.data === undefined && !files.isError && <Skeleton className="h-6 w-1/2" />}
      <ul className="space-y-0.5">
        {files.data?.map((file) => (
          <li key={file.path}>
            <button
              type="button"
              aria-expanded={opened === file.path}
              className="flex w-full items-center gap-2 rounded-control px-2 py-1 text-start text-[13px] hover:bg-hover"
              onClick={() => setOpened(opened === file.path ? null : file.path)}
            >
              <span className="min-w-0 flex-1 truncate">{file.path}</span>
              <Badge>{changeWord(file.change)}</Badge>
            </button>
            {opened === file.path && (
              <div className="mt-1 overflow-hidden rounded-card border border-line bg-card">
                <DiffView project={project} path={file.path} commit={commit.commit} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
