import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Avatar } from "../../ui/Avatar";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { Time } from "../../ui/Time";
import type { Me } from "../../wire/http";
import { usersQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { NewUserDialog } from "./NewUserDialog";

export default function AdminUsersPage() {
  return <SignedIn>{(me) => <Users me={me} />}</SignedIn>;
}

/** Everybody with an account on this server, for those who manage it. */
function Users({ me }: { me: Me }) {
  const users = useQuery(usersQuery);
  const [making, setMaking] = useState(false);
  return (
    <AdminShell
      title="People on this server"
      me={me}
      actions={
        <Button kind="primary" icon={UserPlus} onClick={() => setMaking(true)}>
          Add somebody
        </Button>
      }
    >
      {users.isError ? (
        <Problem error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <>
          {users.isPending ? (
            <Loading label="Loading people">
              <div className="space-y-3">
                <Skeleton className="h-14 w-full" />
                <Skeleton className="h-14 w-full" />
              </div>
            </Loading>
          ) : (
            <ul aria-label="People" className="divide-y divide-line rounded-card border border-line bg-card shadow-low">
              {users.data.map((user) => (
                <li key={user.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
                  <Avatar name={user.display_name} color={user.color} />
                  <div className="min-w-0 flex-1">
                    <div className="flex items-center gap-2">
                      <span className="truncate font-medium">{user.display_name}</span>
                      {user.id === me.id && <Badge>You</Badge>}
                      {user.admin && <Badge tone="accent">Manages this server</Badge>}
                    </div>
                    <div className="truncate text-[13px] text-fg3">
                      {user.name} · {user.email}
                    </div>
                  </div>
                  <span className="text-[13px] text-fg3 max-sm:hidden">
                    since <Time at={user.created_at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
          <NewUserDialog open={making} onOpenChange={setMaking} />
        </>
      )}
    </AdminShell>
  );
}
