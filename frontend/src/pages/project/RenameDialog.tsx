import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { api } from "../../wire/api";
import { reasonOf, type NotebookSummary } from "../../wire/http";

export function RenameDialog({
  notebook,
  onClose,
  onRenamed,
}: {
  notebook: NotebookSummary | null;
  onClose: () => void;
  onRenamed: () => Promise<void>;
}) {
  return notebook === null ? null : (
    <Open key={notebook.id} notebook={notebook} onClose={onClose} onRenamed={onRenamed} />
  );
}

function Open({
  notebook,
  onClose,
  onRenamed,
}: {
  notebook: NotebookSummary;
  onClose: () => void;
  onRenamed: () => Promise<void>;
}) {
  const [name, setName] = useState(notebook.name);
  const input = useRef<HTMLInputElement>(null);
  const rename = useMutation({
    mutationFn: () => api.changeNotebook(notebook.id, { name: name.trim() }),
    onSuccess: async () => {
      await onRenamed();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t`Rename notebook`}
      initialFocus={input}
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            kind="primary"
            type="submit"
            form="rename-notebook"
            busy={rename.isPending}
            disabled={name.trim() === ""}
          >{t`Rename`}</Button>
        </>
      }
    >
      <form
        id="rename-notebook"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === notebook.name) onClose();
          else if (name.trim() !== "") rename.mutate();
        }}
      >
        <Field label={t`Name`} error={rename.isError ? reasonOf(rename.error) : null}>
          <Input
            ref={input}
            tall
            maxLength={200}
            value={name}
            onFocus={(event) => event.currentTarget.select()}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
