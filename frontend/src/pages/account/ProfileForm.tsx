import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { toast } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Me } from "../../wire/http";
import { meQuery } from "../../wire/queries";

export function ProfileForm({ me }: { me: Me }) {
  const client = useQueryClient();
  const [name, setName] = useState(me.display_name);
  const changed = name.trim() !== "" && name.trim() !== me.display_name;
  const save = useMutation({
    mutationFn: () => api.changeMe({ display_name: name.trim() }),
    onSuccess: (changedMe) => {
      client.setQueryData(meQuery.queryKey, changedMe);
      toast(t`Your name is saved.`);
    },
  });
  return (
    <form
      className="flex items-start gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) save.mutate();
      }}
    >
      <Avatar name={name.trim() === "" ? me.name : name} color={me.color} size="large" className="mt-6" />
      <div className="max-w-105 min-w-0 flex-1">
        <Field
          label={t`Your name`}
          hint={me.email === null ? t`You sign in as ${me.name}.` : t`You sign in as ${me.name} or ${me.email}.`}
          error={save.isError ? reasonOf(save.error) : null}
        >
          <div className="flex gap-2">
            <Input autoComplete="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            <Button type="submit" disabled={!changed} busy={save.isPending}>{t`Save`}</Button>
          </div>
        </Field>
      </div>
    </form>
  );
}
