import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { Banner } from "../../ui/Banner";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { meQuery } from "../../wire/queries";
import { AccountForm } from "../shell/AccountForm";
import { AuthCard } from "../shell/AuthCard";

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
  const signedIn = signUp.isIdle && me.data !== undefined && me.data !== null && !me.data.guest;

  return (
    <AuthCard
      title="Join Commonbook"
      lead="You were invited. Make an account and the project waits for you."
      footer={
        <>
          You have an account?{" "}
          <Link href="/login" className="font-medium text-accent underline underline-offset-2">
            Sign in
          </Link>
        </>
      }
    >
      {invite === "" && (
        <div className="mb-4">
          <Banner tone="warn">This address lacks its code. Open the whole link from your invitation.</Banner>
        </div>
      )}
      {signedIn && (
        <div className="mb-4">
          <Banner>You are signed in as {me.data?.display_name}. An account made here is another one.</Banner>
        </div>
      )}
      <AccountForm
        action="Make the account"
        busy={signUp.isPending}
        refusal={signUp.isError ? reasonOf(signUp.error) : null}
        onSubmit={(draft) => signUp.mutate({ invite, name: draft.name, email: draft.email.trim(), password: draft.password, display_name: draft.displayName.trim() })}
      />
    </AuthCard>
  );
}
