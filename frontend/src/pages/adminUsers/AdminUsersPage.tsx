import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { Loading, Skeleton } from "../../ui/Skeleton";
import type { Me } from "../../wire/http";
import { usersQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { NewUserDialog } from "./NewUserDialog";
import { UserRow } from "./UserRow";

export default function AdminUsersPage() {
  return <SignedIn>{(me) => <Users me={me} />}</SignedIn>;
}

/** Everybody with an account on this server, for those who manage it. */
function Users({ me }: { me: Me }) {
  const users = useQuery(usersQuery);
  const [making, setMaking] = useState(false);
  return (
    <AdminShell
      title={t`People on this server`}
      me={me}
      actions={<Button kind="primary" icon={UserPlus} onClick={() => setMaking(true)}>{t`Add somebody`}</Button>}
    >
      {users.isError ? (
        <Problem error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <>
          {users.isPending ? (
            <Loading label={t`Loading people`}>
              <div className="space-y-3">
                <Skeleton className="h-14 w-full" />
                <Skeleton className="h-14 w-full" />
              </div>
            </Loading>
          ) : (
            <ul
              aria-label={t`People`}
              className="divide-y divide-line rounded-card border border-line bg-card shadow-low"
            >
              {users.data.map((user) => (
                <UserRow key={user.id} user={user} isMe={user.id === me.id} />
              ))}
            </ul>
          )}
          <NewUserDialog open={making} onOpenChange={setMaking} />
        </>
      )}
    </AdminShell>
  );
}
