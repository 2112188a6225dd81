import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Redirect, useLocation } from "wouter";
import { Banner } from "../../ui/Banner";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { meQuery } from "../../wire/queries";
import { AccountForm } from "../shell/AccountForm";
import { AuthCard } from "../shell/AuthCard";
import { firstPlace } from "./firstPlace";

/** The first account of a new server; the code behind `#` is in the link that the server printed. */
export default function SetupPage() {
  const [code] = useState(() => window.location.hash.slice(1));
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const state = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api.setUpState({ signal }) });
  const make = useMutation({
    mutationFn: api.setUp,
    onSuccess: async (me) => {
      client.setQueryData(meQuery.queryKey, me);
      navigate(await firstPlace(), { replace: true });
    },
  });

  if (state.data?.needed === false && make.isIdle) return <Redirect to="/login" replace />;
  return (
    <AuthCard
      title={t`Welcome to Commonbook`}
      lead={t`Make the first account. It manages this server: people, machines, settings.`}
    >
      {code === "" && (
        <div className="mb-4">
          <Banner tone="warn">{t`Open the set-up link that the server printed when it started; this address lacks its code.`}</Banner>
        </div>
      )}
      <AccountForm
        action={t`Make the account`}
        busy={make.isPending}
        refusal={make.isError ? reasonOf(make.error) : null}
        onSubmit={(draft) =>
          make.mutate({
            code,
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
