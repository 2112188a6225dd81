import { plural, t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { ChevronRight, FileText, NotebookText } from "lucide-react";
import { useState } from "react";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Checkbox } from "../ui/Checkbox";
import { cx } from "../ui/cx";
import { Field } from "../ui/Field";
import { IconButton } from "../ui/IconButton";
import { TextArea } from "../ui/TextArea";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { DiffView } from "./DiffView";
import { useGitNews, type GitChange, type GitState } from "./useGit";
import { changeWord } from "./words";

/** What differs from the last commit, chosen file by file and cell by cell, and the commit of it. */
export function Changes({ project, git, mayWrite }: { project: string; git: GitState; mayWrite: boolean }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [cells, setCells] = useState<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
  const [opened, setOpened] = useState<string | null>(null);
  const [message, setMessage] = useState("");
  const news = useGitNews(project);
  const taken = git.changes.filter((change) => !left.has(change.path));
  const commit = useMutation({
    mutationFn: (push: boolean) => {
      const partly = taken.filter((change) => cells.has(change.path));
      const isAll = partly.length === 0 && left.size === 0;
      return api.commitGit(project, {
        message: message.trim(),
        paths: isAll ? null : taken.filter((change) => !cells.has(change.path)).map((change) => change.path),
        cells: Object.fromEntries(partly.map((change) => [change.path, [...(cells.get(change.path) ?? [])]])),
        push,
      });
    },
    onSuccess: (made) => {
      setMessage("");
      setLeft(new Set());
      setCells(new Map());
      setOpened(null);
      if (made.problem) toastError(t`Committed, but not pushed. ${made.problem.reason}`);
      else toast(made.pushed ? t`Committed and pushed.` : t`Committed.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });

  const take = (path: string, isTaken: boolean): void => {
    const next = new Set(left);
    if (isTaken) next.delete(path);
    else next.add(path);
    setLeft(next);
    setCells(new Map([...cells].filter(([each]) => each !== path)));
  };
  const choose = (path: string, key: string, isChosen: boolean, all: readonly string[]): void => {
    const chosen = new Set(cells.get(path) ?? (left.has(path) ? [] : all));
    if (isChosen) chosen.add(key);
    else chosen.delete(key);
    const next = new Map(cells);
    const nextLeft = new Set(left);
    if (chosen.size === 0 || all.every((each) => chosen.has(each))) next.delete(path);
    else next.set(path, chosen);
    if (chosen.size === 0) nextLeft.add(path);
    else nextLeft.delete(path);
    setCells(next);
    setLeft(nextLeft);
  };

  if (git.changes.length === 0)
    return (
      <p className="rounded-card border border-dashed border-line2 px-4 py-6 text-center text-fg2">{t`Nothing has changed since the last commit.`}</p>
    );
  return (
    <div className="overflow-hidden rounded-card border border-line bg-card shadow-low">
      <ul aria-label={t`Changed files`} className="divide-y divide-line">
        {git.changes.map((change) => (
          <li key={change.path}>
            <div className="flex items-center gap-1 px-2 py-1">
              <div className="min-w-0 flex-1">
                {mayWrite ? (
                  <Checkbox checked={!left.has(change.path)} onChange={(isTaken) => take(change.path, isTaken)}>
                    <FileName change={change} />
                  </Checkbox>
                ) : (
                  <div className="flex min-h-8 items-center gap-2 px-2">
                    <FileName change={change} />
                  </div>
                )}
              </div>
              {change.lfs === true && <Badge>{t`LFS`}</Badge>}
              {cells.has(change.path) && <Badge tone="accent">{cellCount(cells.get(change.path)?.size ?? 0)}</Badge>}
              <Badge tone={change.change === "deleted" ? "err" : change.change === "added" ? "ok" : "plain"}>
                {changeWord(change.change)}
              </Badge>
              <IconButton
                icon={ChevronRight}
                label={t`${opened === change.path ? t`Hide` : t`Show`} changes of ${change.path}`}
                aria-expanded={opened === change.path}
                className={cx("transition-transform", opened === change.path && "rotate-90")}
                onClick={() => setOpened(opened === change.path ? null : change.path)}
              />
            </div>
            {opened === change.path && (
              <div className="border-t border-line bg-bg">
                {mayWrite && change.notebook !== null && change.change === "modified" ? (
                  <DiffView
                    project={project}
                    path={change.path}
                    commit={null}
                    cells={{
                      isChosen: (key) => cells.get(change.path)?.has(key) ?? !left.has(change.path),
                      onChoose: (key, isChosen, all) => choose(change.path, key, isChosen, all),
                    }}
                  />
                ) : (
                  <DiffView project={project} path={change.path} commit={null} />
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
      {git.more_changes > 0 && (
        <p className="border-t border-line px-4 py-2 text-[13px] text-fg3">{t`And ${git.more_changes} more.`}</p>
      )}
      {mayWrite && (
        <form
          className="border-t border-line bg-panel p-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (message.trim() !== "" && taken.length > 0 && !commit.isPending) commit.mutate(false);
          }}
        >
          <Field label={t`What changed`}>
            <TextArea
              rows={2}
              maxLength={20_000}
              placeholder={t`Mend the axis of the tide plot`}
              value={message}
              onChange={(event) => setMessage(event.target.value)}
            />
          </Field>
          <div className="mt-2.5 flex flex-wrap items-center justify-between gap-2">
            <span className="text-[13px] text-fg3">
              {taken.length === git.changes.length && cells.size === 0
                ? t`Commits everything above.`
                : t`Commits what is ticked, of ${taken.length} of ${git.changes.length} files.`}
            </span>
            <span className="flex gap-2">
              <Button
                type="submit"
                disabled={message.trim() === "" || taken.length === 0 || commit.isPending}
                busy={commit.isPending && !commit.variables}
              >{t`Commit`}</Button>
              <Button
                kind="primary"
                disabled={message.trim() === "" || taken.length === 0 || commit.isPending}
                busy={commit.isPending && commit.variables}
                onClick={() => commit.mutate(true)}
              >{t`Commit and push`}</Button>
            </span>
          </div>
        </form>
      )}
    </div>
  );
}

function cellCount(count: number): string {
  return plural(count, { one: "# cell", other: "# cells" });
}

function FileName({ change }: { change: GitChange }) {
  const Icon = change.notebook === null ? FileText : NotebookText;
  return (
    <>
      <Icon size={16} aria-hidden className="shrink-0 text-fg3" />
      <span className="min-w-0 truncate" title={change.path}>
        {change.path}
      </span>
    </>
  );
}
