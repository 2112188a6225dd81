import { t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { Input } from "../../ui/Input";
import { Tooltip } from "../../ui/Tooltip";
import { toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";

/** The notebook's name; a click renames it in place for those who may edit. */
export function NotebookName({ id, name, canEdit }: { id: string; name: string; canEdit: boolean }) {
  const [draft, setDraft] = useState<string | null>(null);
  const client = useQueryClient();

  const rename = async (text: string): Promise<void> => {
    setDraft(null);
    const next = text.trim();
    if (next === "" || next === name) return;
    try {
      await api.changeNotebook(id, { name: next });
      await client.invalidateQueries();
    } catch (error) {
      toastError(reasonOf(error));
    }
  };

  if (draft === null) {
    if (!canEdit) return <h1 className="notebook-name">{name}</h1>;
    return (
      <h1 className="min-w-0">
        <Tooltip label={t`Rename`}>
          <button
            type="button"
            className="notebook-name notebook-name-button"
            aria-label={t`${name}, rename`}
            onClick={() => setDraft(name)}
          >
            {name}
          </button>
        </Tooltip>
      </h1>
    );
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "Enter") void rename(draft);
    if (event.key === "Escape") setDraft(null);
  };
  return (
    <Input
      autoFocus // eslint-disable-line jsx-a11y/no-autofocus -- the person asked for this field
      aria-label={t`Name of the notebook`}
      value={draft}
      maxLength={200}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => void rename(draft)}
      onKeyDown={onKeyDown}
      className="h-7 max-w-80 min-w-40 font-semibold"
    />
  );
}
