import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FolderGit2, FolderPlus } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { bodyOf, NO_SOURCE, SourceFields } from "../../git/SourceFields";
import { nameFrom } from "../../git/words";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { projectsQuery } from "../../wire/queries";

export function NewProjectDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [name, setName] = useState("");
  const [isFromGit, setIsFromGit] = useState(false);
  const [source, setSource] = useState(NO_SOURCE);
  const called = name.trim() || (isFromGit ? nameFrom(source.url) : "");
  const isWhole = called !== "" && (!isFromGit || source.url.trim() !== "");
  const input = useRef<HTMLInputElement>(null);
  const make = useMutation({
    mutationFn: () => api.makeProject(isFromGit ? { name: called, git: bodyOf(source) } : { name: called }),
    onSuccess: async (project) => {
      onOpenChange(false);
      setName("");
      setSource(NO_SOURCE);
      await client.invalidateQueries({ queryKey: projectsQuery.queryKey });
      navigate(`/p/${project.id}`);
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`New project`}
      description={t`People you invite see all notebooks of the project.`}
      initialFocus={input}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button
            kind="primary"
            type="submit"
            form="new-project"
            busy={make.isPending}
            disabled={!isWhole}
          >{t`Create project`}</Button>
        </>
      }
    >
      <form
        id="new-project"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWhole && !make.isPending) make.mutate();
        }}
      >
        <div role="group" aria-label={t`What it begins with`} className="mb-4 grid grid-cols-2 gap-2">
          {[false, true].map((git) => (
            <Button
              key={String(git)}
              icon={git ? FolderGit2 : FolderPlus}
              aria-pressed={isFromGit === git}
              className="git-choice"
              onClick={() => {
                setIsFromGit(git);
                make.reset();
              }}
            >
              {git ? t`From Git` : t`Empty`}
            </Button>
          ))}
        </div>
        {isFromGit && (
          <div className="mb-4">
            <SourceFields source={source} onChange={setSource} error={make.isError ? reasonOf(make.error) : null} />
          </div>
        )}
        <Field label={t`Name`} error={make.isError && !isFromGit ? reasonOf(make.error) : null}>
          <Input
            ref={input}
            tall
            maxLength={200}
            placeholder={isFromGit ? nameFrom(source.url) || t`As the repository` : t`Sales forecast`}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
