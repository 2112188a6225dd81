import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { Select } from "../../ui/Select";
import { Time } from "../../ui/Time";
import type { Me, Schemas } from "../../wire/http";
import { auditQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { details, whatWasDone, type Kind } from "./words";

export default function AdminAuditPage() {
  return <SignedIn>{(me) => <Audit me={me} />}</SignedIn>;
}

const LEAD = t`Each use of a secret, and each change of a connection, a right or an account. Secrets themselves are not in it.`;

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: "all", label: t`Everything` },
  { value: "uses", label: t`Uses of secrets` },
  { value: "connections", label: t`Changes of connections` },
  { value: "rights", label: t`Rights and accounts` },
];

/** What was done on this server, the newest first, for those who manage it. */
function Audit({ me }: { me: Me }) {
  const [kind, setKind] = useState<Kind>("all");
  const found = useInfiniteQuery(auditQuery(kind === "all" ? null : kind));
  const entries = found.data?.pages.flatMap((page) => page.items) ?? [];
  const filter = <Select label={t`Show`} value={kind} options={KINDS} onChange={setKind} />;
  return (
    <AdminShell title={t`Audit`} lead={LEAD} me={me} actions={filter}>
      {found.data === undefined ? (
        found.isError ? (
          <Problem error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading label={t`Loading what was done`}>
            <Skeleton className="h-14 w-full rounded-card" />
          </Loading>
        )
      ) : entries.length === 0 ? (
        <div className="rounded-card border border-line bg-card shadow-low">
          <EmptyState
            icon={ScrollText}
            title={t`Nothing on record`}
          >{t`It shows here once somebody uses a connection or changes what others may do.`}</EmptyState>
        </div>
      ) : (
        <>
          <ol
            aria-label={t`What was done`}
            className="divide-y divide-line rounded-card border border-line bg-card shadow-low"
          >
            {entries.map((entry, index) => (
              <Row key={index} entry={entry} />
            ))}
          </ol>
          {found.hasNextPage && (
            <div className="mt-4 flex justify-center">
              <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t`Show more`}</Button>
            </div>
          )}
        </>
      )}
    </AdminShell>
  );
}

function Row({ entry }: { entry: Schemas["AuditEntry"] }) {
  const who = entry.by?.display_name ?? t`This server`;
  const more = details(entry.detail);
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <span className="pt-0.5">
        <Avatar name={who} color={entry.by?.color ?? 0} size="small" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="font-medium">{who}</span> <span className="text-fg2">{whatWasDone(entry)}</span>
        </p>
        <p className="flex flex-wrap gap-x-2 text-[13px] break-all text-fg3">
          {entry.project !== null && <Where project={entry.project} />}
          {more !== "" && <span dir="ltr">{more}</span>}
        </p>
      </div>
      <Time at={entry.at} className="shrink-0 pt-0.5 text-[13px] text-fg3" />
    </li>
  );
}

function Where({ project }: { project: Schemas["AuditProject"] }) {
  if (project.name === null) return <span>{t`A project that is gone`}</span>;
  return (
    <Link href={`/p/${project.id}`} className="text-fg2 underline underline-offset-2 hover:text-fg">
      {project.name}
    </Link>
  );
}
