import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { AuthCard } from "../shell/AuthCard";
import { loginAddress } from "../shell/next";
import { forgetSecret, keepSecret, readSecret } from "../shell/secret";

/** Exchanges the secret behind `#` for access by POST, so that it stands in no address that a server sees. */
export default function LinkPage() {
  const [secret] = useState(() => readSecret(window.location.hash, sessionStorage));
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const exchange = useMutation({
    mutationFn: (value: string) => api.useLink({ secret: value }),
    onSuccess: async (used) => {
      if (used.needs_account || used.project === null) return;
      forgetSecret(sessionStorage);
      await client.invalidateQueries();
      navigate(`/p/${used.project}`, { replace: true });
    },
  });
  const { mutate } = exchange;
  useEffect(() => {
    if (secret !== null) mutate(secret);
  }, [mutate, secret]);

  const toSignIn = (): void => {
    if (secret !== null) keepSecret(secret, sessionStorage);
    navigate(loginAddress("/link"));
  };
  const needsAccount = exchange.data?.needs_account === true;

  if (needsAccount) {
    return (
      <AuthCard title={t`Sign in to open this`} lead={t`This project was shared with people who have an account here.`}>
        <Button kind="primary" size="large" className="w-full" onClick={toSignIn}>{t`Sign in`}</Button>
      </AuthCard>
    );
  }
  if (secret === null || exchange.isError) {
    return (
      <AuthCard
        title={t`This link does not work`}
        lead={
          secret === null
            ? t`The address lacks its secret part. Open the whole link as it was sent to you.`
            : reasonOf(exchange.error)
        }
      >
        <div className="flex flex-wrap gap-2">
          {secret !== null && <Button onClick={() => mutate(secret)}>{t`Try again`}</Button>}
          <Button onClick={() => navigate("/")}>{t`Go to your projects`}</Button>
        </div>
      </AuthCard>
    );
  }
  return (
    <AuthCard title={t`Opening what was shared with you`}>
      <p role="status" className="flex items-center gap-2 text-fg2">
        <Spinner /> {t`One moment…`}
      </p>
    </AuthCard>
  );
}
