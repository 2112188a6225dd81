import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Avatar } from "../ui/Avatar";
import { Banner } from "../ui/Banner";
import { Dialog } from "../ui/Dialog";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Time } from "../ui/Time";
import { reasonOf } from "../wire/http";
import { connectionEventsQuery } from "../wire/queries";
import type { Connection } from "./draft";
import { whatHappened } from "./words";

/** Who changed and used a connection lately, the newest first. */
export function EventsDialog({
  project,
  connection,
  onClose,
}: {
  project: string;
  connection: Connection;
  onClose: () => void;
}) {
  const events = useQuery(connectionEventsQuery(project, connection.id));
  return (
    <Dialog open onOpenChange={onClose} size="medium" title={t`Who used ${connection.name}`}>
      {events.isError ? (
        <Banner tone="err">{reasonOf(events.error)}</Banner>
      ) : events.data === undefined ? (
        <Loading label={t`Loading what happened`}>
          <Skeleton className="h-24 w-full" />
        </Loading>
      ) : (
        <ol aria-label={t`What happened`} className="max-h-96 space-y-3 overflow-y-auto">
          {events.data.map((event, index) => (
            <li key={index} className="flex items-center gap-3">
              <Avatar name={event.by?.display_name ?? "Commonbook"} color={event.by?.color ?? 0} size="small" />
              <span className="min-w-0 flex-1">
                <span className="font-medium">{event.by?.display_name ?? "Commonbook"}</span>{" "}
                <span className="text-fg2">{whatHappened(event)}</span>
              </span>
              <Time at={event.at} className="shrink-0 text-[13px] text-fg3" />
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
