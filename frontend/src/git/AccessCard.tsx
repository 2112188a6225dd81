import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { KeyRound, ShieldQuestion } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { CopyField } from "../ui/CopyField";
import { Field } from "../ui/Field";
import { Input } from "../ui/Input";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Schemas } from "../wire/http";
import { isSsh } from "./SourceFields";
import { useGitNews, type GitState } from "./useGit";

/** The id of the card, for what leads there. */
export const ACCESS = "git-access-card";

/** What lets the project in: its key and the host's, or a token that can be replaced. */
export function AccessCard({ project, git, mayManage }: { project: string; git: GitState; mayManage: boolean }) {
  const ssh = isSsh(git.url ?? "");
  if (!mayManage)
    return (
      <p className="text-[13px] text-fg2">
        {git.access === null
          ? t`This project opens the repository without a token.`
          : t`Opened with ${git.access.name}.`}
      </p>
    );
  return (
    <div id={ACCESS}>
      {ssh ? <SshAccess project={project} git={git} /> : <TokenAccess project={project} git={git} />}
    </div>
  );
}

function TokenAccess({ project, git }: { project: string; git: GitState }) {
  const [user, setUser] = useState("");
  const [token, setToken] = useState("");
  const news = useGitNews(project);
  const give = useMutation({
    mutationFn: () => api.giveGitAccess(project, { token, user: user.trim() || null }),
    onSuccess: () => {
      setToken("");
      toast(t`The new token is in use.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "" && !give.isPending) give.mutate();
      }}
    >
      <p className="mb-2 text-[13px] text-fg2">
        {git.access === null
          ? t`No token is set: that is enough to read what is public.`
          : t`A token is set. Nobody can see it; a new one takes its place.`}
      </p>
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-32">
          <Field label={t`User`}>
            <Input autoComplete="off" maxLength={200} value={user} onChange={(event) => setUser(event.target.value)} />
          </Field>
        </div>
        <div className="min-w-48 flex-1">
          <Field label={t`Token or app password`}>
            <Input
              type="password"
              autoComplete="new-password"
              maxLength={4000}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          </Field>
        </div>
        <Button type="submit" icon={KeyRound} disabled={token.trim() === ""} busy={give.isPending}>
          {git.access === null ? t`Set token` : t`Replace token`}
        </Button>
      </div>
    </form>
  );
}

function SshAccess({ project, git }: { project: string; git: GitState }) {
  const [host, setHost] = useState<Schemas["GitHost"] | null>(null);
  const news = useGitNews(project);
  const look = useMutation({
    mutationFn: () => api.gitHost(project),
    onSuccess: (found) => {
      if (found.standing === "accepted") toast(t`${found.host} shows the key that was accepted.`);
      else setHost(found);
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  const accept = useMutation({
    mutationFn: (key: string) => api.acceptGitHost(project, key),
    onSuccess: () => {
      setHost(null);
      toast(t`The host key is accepted.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  return (
    <div className="space-y-4">
      {git.access?.public_key != null && (
        <div>
          <p className="mb-1.5 text-[13px] text-fg2">{t`Add this key to the deploy keys of the repository; with the right to write, if you want to push.`}</p>
          <CopyField label={t`Public key`} text={git.access.public_key} secret />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 text-[13px] text-fg2">{t`The host proves who it is with a key of its own, which somebody has to accept once.`}</p>
        <Button
          icon={ShieldQuestion}
          busy={look.isPending}
          onClick={() => look.mutate()}
        >{t`Look at the host key`}</Button>
      </div>
      <ConfirmDialog
        open={host !== null}
        onOpenChange={() => setHost(null)}
        title={host?.standing === "changed" ? t`The host key has changed` : t`Is this ${host?.host ?? ""}?`}
        action={t`Accept this key`}
        danger={host?.standing === "changed"}
        cautious
        busy={accept.isPending}
        onConfirm={() => {
          if (host !== null) accept.mutate(host.key);
        }}
      >
        <p>
          {host?.standing === "changed"
            ? t`It shows another key than the one that was accepted. Somebody may be in between: ask its admin first.`
            : t`Compare the fingerprint with the one that the host has published, before you accept it.`}
        </p>
        <p className="mt-3 rounded-control border border-line bg-panel px-2.5 py-2 font-mono text-[13px] break-all">
          {host?.type}
          <br />
          {host?.fingerprint}
        </p>
      </ConfirmDialog>
    </div>
  );
}
