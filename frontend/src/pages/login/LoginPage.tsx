import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Redirect, useLocation, useSearchParams } from "wouter";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { meQuery } from "../../wire/queries";
import { AuthCard } from "../shell/AuthCard";
import { safeNext } from "../shell/next";
import { PasswordInput } from "../shell/PasswordInput";

/** Sign in by name or e-mail, then go on to `?next=`. */
export default function LoginPage() {
  const [search] = useSearchParams();
  const next = safeNext(search.get("next"));
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const me = useQuery(meQuery);
  const state = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api.setUpState({ signal }), retry: false });
  const signIn = useMutation({
    mutationFn: api.signIn,
    onSuccess: (person) => {
      client.clear();
      client.setQueryData(meQuery.queryKey, person);
      navigate(next, { replace: true });
    },
    onError: () => setPassword(""),
  });

  if (signIn.isIdle && me.data !== undefined && me.data !== null && !me.data.guest)
    return <Redirect to={next} replace />;
  return (
    <AuthCard
      title={t`Sign in`}
      lead={next === "/" ? t`Write and run notebooks together.` : t`Sign in to go on to what was shared with you.`}
      footer={t`No account yet? Ask somebody who has one to invite you. A forgotten password: an admin of this server can make you a link for a new one.`}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "" && password !== "") signIn.mutate({ name: name.trim(), password });
        }}
      >
        {state.data?.needed === true && (
          <Banner tone="warn">
            <Trans>
              This server has no account yet. Open the set-up link that it printed, or go to{" "}
              <Link href="/setup" className="font-medium text-accent underline underline-offset-2">
                the set-up page
              </Link>
              .
            </Trans>
          </Banner>
        )}
        {signIn.isError && (
          <Banner tone="err" live>
            {reasonOf(signIn.error)}
          </Banner>
        )}
        <Field label={t`Name or e-mail`}>
          <Input
            tall
            autoComplete="username"
            autoCapitalize="off"
            spellCheck={false}
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={t`Password`}>
          <PasswordInput
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Button
          type="submit"
          kind="primary"
          size="large"
          busy={signIn.isPending}
          className="mt-2 w-full"
        >{t`Sign in`}</Button>
      </form>
    </AuthCard>
  );
}
