import { t } from "@lingui/core/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Unplug } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Field } from "../ui/Field";
import { Switch } from "../ui/Switch";
import { TextArea } from "../ui/TextArea";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { AccessCard } from "./AccessCard";
import { gitIgnoreQuery, useGitNews, type GitState } from "./useGit";

export interface GitRights {
  readonly mayWrite: boolean;
  readonly mayManage: boolean;
  readonly mayDisconnect: boolean;
}

/** How the project and its repository go together. */
export function Settings({ project, git, rights }: { project: string; git: GitState; rights: GitRights }) {
  const [asking, setAsking] = useState(false);
  const news = useGitNews(project);
  const outputs = useMutation({
    mutationFn: (kept: boolean) => api.changeGit(project, { outputs: kept ? "kept" : "stripped" }),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  const disconnect = useMutation({
    mutationFn: () => api.disconnectGit(project),
    onSuccess: () => {
      setAsking(false);
      toast(t`The project belongs to no repository any more.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  return (
    <div className="space-y-5 rounded-card border border-line bg-card p-4 shadow-low">
      <Switch
        label={t`Keep outputs in the files`}
        hint={t`Off, notebooks are committed without what their cells put out. Here the outputs stay.`}
        checked={git.outputs === "kept"}
        disabled={!rights.mayWrite || outputs.isPending}
        onChange={(kept) => outputs.mutate(kept)}
      />
      <hr className="border-line" />
      <section aria-labelledby="git-access">
        <h3 id="git-access" className="mb-1 text-[14px] font-medium">{t`Access`}</h3>
        <AccessCard project={project} git={git} mayManage={rights.mayManage} />
      </section>
      {rights.mayWrite && (
        <>
          <hr className="border-line" />
          <Ignore project={project} />
        </>
      )}
      {rights.mayDisconnect && (
        <>
          <hr className="border-line" />
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="min-w-0 flex-1 text-[13px] text-fg2">{t`Notebooks and files stay. Commits that were not pushed are lost.`}</p>
            <Button icon={Unplug} className="text-err" onClick={() => setAsking(true)}>{t`Disconnect`}</Button>
          </div>
          <ConfirmDialog
            open={asking}
            onOpenChange={setAsking}
            title={t`Disconnect from the repository?`}
            action={t`Disconnect`}
            danger
            cautious
            busy={disconnect.isPending}
            onConfirm={() => disconnect.mutate()}
          >{t`Notebooks and files stay as they are. What was committed here and not pushed cannot be brought back.`}</ConfirmDialog>
        </>
      )}
    </div>
  );
}

function Ignore({ project }: { project: string }) {
  const ignored = useQuery(gitIgnoreQuery(project));
  const [text, setText] = useState<string | null>(null);
  const news = useGitNews(project);
  const save = useMutation({
    mutationFn: (next: string) => api.setGitIgnore(project, next),
    onSuccess: async () => {
      await ignored.refetch();
      setText(null);
      toast(t`The list is saved.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  const shown = text ?? ignored.data?.text ?? "";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text !== null && !save.isPending) save.mutate(text);
      }}
    >
      <Field label={t`Left out (.gitignore)`} hint={t`One pattern a line: files that match are never committed.`}>
        <TextArea
          code
          rows={4}
          placeholder={t`data/\n*.parquet`}
          value={shown}
          disabled={ignored.data === undefined}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      {text !== null && <Button type="submit" className="mt-2" busy={save.isPending}>{t`Save`}</Button>}
    </form>
  );
}
