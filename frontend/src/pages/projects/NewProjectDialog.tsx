import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
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
  const input = useRef<HTMLInputElement>(null);
  const make = useMutation({
    mutationFn: () => api.makeProject({ name: name.trim() }),
    onSuccess: async (project) => {
      onOpenChange(false);
      setName("");
      await client.invalidateQueries({ queryKey: projectsQuery.queryKey });
      navigate(`/p/${project.id}`);
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New project"
      description="People you invite see all notebooks of the project."
      initialFocus={input}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button kind="primary" type="submit" form="new-project" busy={make.isPending} disabled={name.trim() === ""}>
            Create project
          </Button>
        </>
      }
    >
      <form
        id="new-project"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "" && !make.isPending) make.mutate();
        }}
      >
        <Field label="Name" error={make.isError ? reasonOf(make.error) : null}>
          <Input
            ref={input}
            tall
            maxLength={200}
            placeholder="Sales forecast"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
