import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { accountErrors, suggestedName, type AccountDraft } from "./accountRules";
import { PasswordInput } from "./PasswordInput";

export interface AccountFormProps {
  action: string;
  busy: boolean;
  /** What the server said, if it refused. */
  refusal: string | null;
  onSubmit: (draft: AccountDraft) => void;
}

/** The fields of a new account, with the server's rules said before it is asked. */
export function AccountForm({ action, busy, refusal, onSubmit }: AccountFormProps) {
  const [draft, setDraft] = useState<AccountDraft>({ displayName: "", name: "", email: "", password: "" });
  const [nameTouched, setNameTouched] = useState(false);
  const [tried, setTried] = useState(false);
  const errors = tried ? accountErrors(draft) : {};
  const change = (part: Partial<AccountDraft>): void => setDraft((old) => ({ ...old, ...part }));

  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (Object.keys(accountErrors(draft)).length === 0) onSubmit(draft);
      }}
    >
      {refusal !== null && (
        <Banner tone="err" live>
          {refusal}
        </Banner>
      )}
      <Field label={t`Your name`} hint={t`As others see you beside your cursor.`} error={errors.displayName}>
        <Input
          tall
          autoComplete="name"
          value={draft.displayName}
          onChange={(event) => {
            const displayName = event.target.value;
            change(nameTouched ? { displayName } : { displayName, name: suggestedName(displayName) });
          }}
        />
      </Field>
      <Field label={t`Sign-in name`} error={errors.name}>
        <Input
          tall
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          value={draft.name}
          onChange={(event) => {
            setNameTouched(true);
            change({ name: event.target.value });
          }}
        />
      </Field>
      <Field label={t`E-mail`} error={errors.email}>
        <Input
          tall
          type="email"
          autoComplete="email"
          value={draft.email}
          onChange={(event) => change({ email: event.target.value })}
        />
      </Field>
      <Field label={t`Password`} hint={t`At least 8 characters.`} error={errors.password}>
        <PasswordInput
          autoComplete="new-password"
          value={draft.password}
          onChange={(event) => change({ password: event.target.value })}
        />
      </Field>
      <Button type="submit" kind="primary" size="large" busy={busy} className="mt-2 w-full">
        {action}
      </Button>
    </form>
  );
}
