import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { meQuery } from "../../wire/queries";
import { passwordError } from "../shell/accountRules";
import { AuthCard } from "../shell/AuthCard";
import { PasswordInput } from "../shell/PasswordInput";

/** A new password by an admin's link; its code stands behind `#`, so that no server log holds it. */
export default function PasswordPage() {
  const [code] = useState(() => window.location.hash.slice(1));
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = passwordError(password);
  const change = useMutation({
    mutationFn: api.setPassword,
    onSuccess: (me) => {
      client.clear();
      client.setQueryData(meQuery.queryKey, me);
      navigate("/", { replace: true });
    },
  });
  return (
    <AuthCard title={t`A new password`} lead={t`Choose one for your account. It is signed out everywhere else.`}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (wrong === null && code !== "" && !change.isPending) change.mutate({ code, password });
        }}
      >
        {code === "" && (
          <Banner tone="warn">{t`This address lacks its code. Open the whole link that you were given.`}</Banner>
        )}
        {change.isError && (
          <Banner tone="err" live>
            {reasonOf(change.error)}
          </Banner>
        )}
        <Field label={t`New password`} hint={t`At least 8 characters.`} error={tried ? wrong : null}>
          <PasswordInput
            autoComplete="new-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Button type="submit" kind="primary" size="large" busy={change.isPending} className="mt-2 w-full">
          {t`Set the password`}
        </Button>
      </form>
    </AuthCard>
  );
}
