import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { Badge } from "../../ui/Badge";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { Time } from "../../ui/Time";
import { toast, toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { sessionsQuery } from "../../wire/queries";
import { deviceName } from "./deviceName";

export function SessionList() {
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: api.endSession,
    onSuccess: () => toast(t`That session is signed out.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  if (sessions.isPending) {
    return (
      <Loading label={t`Loading your sessions`}>
        <Skeleton className="h-14 w-full" />
      </Loading>
    );
  }
  if (sessions.isError) return <Banner tone="err">{reasonOf(sessions.error)}</Banner>;
  return (
    <ul aria-label={t`Your sessions`} className="divide-y divide-line rounded-card border border-line bg-card">
      {sessions.data.map((session) => (
        <li key={session.id} className="flex min-h-14 items-center gap-3 py-2 pe-2 ps-4">
          <MonitorSmartphone size={18} aria-hidden className="shrink-0 text-fg3" />
          <div className="min-w-0 flex-1">
            <div className="flex items-center gap-2 font-medium">
              {deviceName(session.user_agent)}
              {session.current && <Badge tone="ok">{t`This one`}</Badge>}
            </div>
            <div className="text-[13px] text-fg3">
              <Trans>
                Last seen <Time at={session.last_seen_at} /> · signed in
              </Trans>{" "}
              <Time at={session.created_at} />
            </div>
          </div>
          {!session.current && (
            <Button
              size="small"
              kind="ghost"
              busy={end.isPending && end.variables === session.id}
              onClick={() => end.mutate(session.id)}
              aria-label={t`Sign out ${deviceName(session.user_agent)}`}
            >{t`Sign out`}</Button>
          )}
        </li>
      ))}
    </ul>
  );
}
