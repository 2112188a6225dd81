import { plural, t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { Switch } from "../../ui/Switch";
import { toast, toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Project, type Schemas } from "../../wire/http";
import { projectQuery, projectsQuery } from "../../wire/queries";

/** What holds for the whole project; seen by those who may share it. */
export function ProjectSettings({ project }: { project: Project }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [name, setName] = useState(project.name);
  const [asking, setAsking] = useState(false);
  const change = useMutation({
    mutationFn: (body: Schemas["ChangeProject"]) => api.changeProject(project.id, body),
    onSuccess: (changed) => {
      client.setQueryData(projectQuery(project.id).queryKey, changed);
      void client.invalidateQueries({ queryKey: projectsQuery.queryKey });
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  const remove = useMutation({
    mutationFn: () => api.deleteProject(project.id),
    onSuccess: () => {
      toast(t`“${project.name}” is in the bin of your projects.`);
      navigate("/", { replace: true });
      void client.invalidateQueries({ queryKey: projectsQuery.queryKey });
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  const renamed = name.trim() !== "" && name.trim() !== project.name;
  return (
    <div className="max-w-160">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (renamed)
            change.mutate({ name: name.trim() }, { onSuccess: () => toast(t`The project has its new name.`) });
        }}
      >
        <Field label={t`Name`}>
          <div className="flex gap-2">
            <Input maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
            <Button
              type="submit"
              disabled={!renamed}
              busy={change.isPending && change.variables.name !== undefined}
            >{t`Rename`}</Button>
          </div>
        </Field>
      </form>
      <div className="mt-7 space-y-5 rounded-card border border-line bg-card p-4">
        <Switch
          label={t`Viewers may comment`}
          hint={t`People who only watch can also take part in the talk beside the cells.`}
          checked={project.viewers_comment}
          onChange={(viewers_comment) => change.mutate({ viewers_comment })}
        />
        <hr className="border-line" />
        <Switch
          label={t`Links work without an account`}
          hint={t`Whoever holds a share link can watch at once. Running still needs an account.`}
          checked={project.links_without_account}
          onChange={(links_without_account) => change.mutate({ links_without_account })}
        />
      </div>
      {project.rights.includes("DELETE") && (
        <section aria-labelledby="delete-project" className="mt-10">
          <h2 id="delete-project" className="text-[15px]">{t`Delete this project`}</h2>
          <p className="mt-1 mb-3 text-fg2">{t`All its notebooks go with it, for everybody. You can take it back out of the bin.`}</p>
          <Button icon={Trash2} className="text-err" onClick={() => setAsking(true)}>{t`Delete project…`}</Button>
          <ConfirmDialog
            open={asking}
            onOpenChange={setAsking}
            title={t`Delete “${project.name}”?`}
            action={t`Delete project`}
            danger
            busy={remove.isPending}
            onConfirm={() => remove.mutate()}
          >
            {project.notebooks === 0
              ? t`It goes into the bin.`
              : t`${plural(project.notebooks, { one: "Its notebook is", other: "Its # notebooks are" })} gone for everybody until you restore the project from the bin.`}
          </ConfirmDialog>
        </section>
      )}
    </div>
  );
}
