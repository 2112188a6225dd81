import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { sessionsQuery } from "../../wire/queries";
import { passwordError } from "../shell/accountRules";
import { PasswordInput } from "../shell/PasswordInput";

export function PasswordForm() {
  const client = useQueryClient();
  const [present, setPresent] = useState("");
  const [fresh, setFresh] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = passwordError(fresh);
  const save = useMutation({
    mutationFn: () => api.changeMe({ password: fresh, present_password: present }),
    onSuccess: async () => {
      setPresent("");
      setFresh("");
      setTried(false);
      toast(t`Your password is changed; other sessions are signed out.`);
      await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  return (
    <form
      noValidate
      className="flex max-w-88 flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wrong === null && present !== "") save.mutate();
      }}
    >
      <Field
        label={t`Present password`}
        error={save.isError ? reasonOf(save.error) : tried && present === "" ? t`Write your present password.` : null}
      >
        <PasswordInput
          autoComplete="current-password"
          value={present}
          onChange={(event) => setPresent(event.target.value)}
        />
      </Field>
      <Field label={t`New password`} hint={t`At least 8 characters.`} error={tried ? wrong : null}>
        <PasswordInput autoComplete="new-password" value={fresh} onChange={(event) => setFresh(event.target.value)} />
      </Field>
      <div>
        <Button
          type="submit"
          busy={save.isPending}
          disabled={present === "" && fresh === ""}
        >{t`Change password`}</Button>
      </div>
    </form>
  );
}
