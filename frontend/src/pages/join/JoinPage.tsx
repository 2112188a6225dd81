import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { meQuery } from "../../wire/queries";
import { AccountForm } from "../shell/AccountForm";
import { AuthCard } from "../shell/AuthCard";
import { keepSecret } from "../shell/secret";

/** An account from an invitation; its code stands behind `#`, so that no server log holds it. */
export default function JoinPage() {
  const [invite] = useState(() => window.location.hash.slice(1));
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const signUp = useMutation({
    mutationFn: api.signUp,
    onSuccess: (person) => {
      client.clear();
      client.setQueryData(meQuery.queryKey, person);
      navigate("/", { replace: true });
    },
  });
  // Those who have an account take the invitation up as they are.
  const takeUp = (): void => {
    keepSecret(invite, sessionStorage);
    navigate("/link");
  };
  const person = signUp.isIdle && me.data?.guest === false ? me.data : null;
  if (person !== null && invite !== "") {
    return (
      <AuthCard title={t`You are invited`} lead={t`Join the project as ${person.display_name}.`}>
        <Button kind="primary" size="large" className="w-full" onClick={takeUp}>{t`Join the project`}</Button>
      </AuthCard>
    );
  }

  return (
    <AuthCard
      title={t`Join Commonbook`}
      lead={t`You were invited. Make an account and the project waits for you.`}
      footer={
        <>
          <Trans>
            You have an account?{" "}
            <Link
              href="/login?next=%2Flink"
              onClick={() => invite !== "" && keepSecret(invite, sessionStorage)}
              className="font-medium text-accent underline underline-offset-2"
            >
              Sign in
            </Link>
          </Trans>
        </>
      }
    >
      {invite === "" && (
        <div className="mb-4">
          <Banner tone="warn">{t`This address lacks its code. Open the whole link from your invitation.`}</Banner>
        </div>
      )}
      <AccountForm
        action={t`Make the account`}
        busy={signUp.isPending}
        refusal={signUp.isError ? reasonOf(signUp.error) : null}
        onSubmit={(draft) =>
          signUp.mutate({
            invite,
            name: draft.name,
            email: draft.email.trim(),
            password: draft.password,
            display_name: draft.displayName.trim(),
          })
        }
      />
    </AuthCard>
  );
}
