import { t } from "@lingui/core/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { GitBranch, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Input } from "../ui/Input";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../ui/Menu";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { gitBranchesQuery, useGitNews } from "./useGit";

/** The branch that is checked out; another one, or a new one. What is not committed comes along. */
export function BranchMenu({ project, branch, mayChange }: { project: string; branch: string; mayChange: boolean }) {
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const news = useGitNews(project);
  const branches = useQuery({ ...gitBranchesQuery(project), enabled: mayChange });
  const settled = async (): Promise<void> => {
    await Promise.all([news(), branches.refetch()]);
  };
  const change = useMutation({
    mutationFn: (to: string) => api.switchGitBranch(project, to),
    onSuccess: (_answer, to) => toast(t`This is ${to} now.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: settled,
  });
  const make = useMutation({
    mutationFn: () => api.makeGitBranch(project, name.trim()),
    onSuccess: () => {
      setNaming(false);
      setName("");
    },
    onSettled: settled,
  });
  if (!mayChange)
    return (
      <span className="inline-flex items-center gap-1.5 font-medium">
        <GitBranch size={16} aria-hidden className="text-fg3" /> {branch}
      </span>
    );
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button icon={GitBranch} busy={change.isPending} aria-label={t`Branch ${branch}`} className="max-w-64">
            <span className="truncate">{branch}</span>
          </Button>
        }
      >
        <MenuChoice
          label={t`Branches`}
          value={branch}
          onChange={(to) => {
            if (to !== branch) change.mutate(to);
          }}
          options={(branches.data?.items ?? [{ name: branch }]).map((each) => ({ value: each.name, label: each.name }))}
        />
        <MenuSeparator />
        <MenuItem icon={Plus} onSelect={() => setNaming(true)}>{t`New branch…`}</MenuItem>
      </Menu>
      <Dialog
        open={naming}
        onOpenChange={setNaming}
        title={t`New branch`}
        description={t`It begins at ${branch}. What is not committed comes along.`}
        footer={
          <>
            <Button onClick={() => setNaming(false)}>{t`Cancel`}</Button>
            <Button
              kind="primary"
              type="submit"
              form="new-branch"
              disabled={name.trim() === ""}
              busy={make.isPending}
            >{t`Make branch`}</Button>
          </>
        }
      >
        <form
          id="new-branch"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "" && !make.isPending) make.mutate();
          }}
        >
          <Field label={t`Name`} error={make.isError ? reasonOf(make.error) : null}>
            <Input
              maxLength={200}
              spellCheck={false}
              placeholder={t`better-axes`}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
        </form>
      </Dialog>
    </>
  );
}
