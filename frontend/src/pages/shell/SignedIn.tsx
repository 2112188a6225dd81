import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Redirect, useLocation } from "wouter";
import { meQuery } from "../../wire/queries";
import type { Me } from "../../wire/http";
import { PageSkeleton } from "./PageSkeleton";
import { Problem } from "./Problem";
import { loginAddress } from "./next";

/** Shows `children` to a person signed in (or to a guest by link), and the sign-in page to all others. */
export function SignedIn({ children }: { children: (me: Me) => ReactNode }) {
  const me = useQuery(meQuery);
  const [path] = useLocation();
  if (me.isPending) return <PageSkeleton />;
  if (me.isError) {
    return (
      <main className="flex min-h-dvh items-center justify-center">
        <Problem error={me.error} onRetry={() => void me.refetch()} />
      </main>
    );
  }
  if (me.data === null) return <Redirect to={loginAddress(path)} replace />;
  return children(me.data);
}
