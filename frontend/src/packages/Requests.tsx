import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, PackagePlus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/IconButton";
import { DoubtDialog } from "./DoubtDialog";
import { LATER_MS, requestsQuery, useChanges, useEnvironment, useRequests, wishes, type Doubt } from "./useEnvironment";
import { listed, wanted, type PackageRequest } from "./words";

export interface RequestsProps {
  project: string;
  mayChange: boolean;
  /** In a narrow panel. */
  small?: boolean;
}

/** Who asks for which package, for those who may install it; what became of it, for those who asked. */
export function Requests({ project, mayChange, small = false }: RequestsProps) {
  // Where no notebook is open, no socket tells.
  const requests = useQuery({ ...requestsQuery(project), refetchInterval: small ? false : LATER_MS });
  const { data: environment } = useEnvironment(project);
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const { begin } = useChanges(project, setDoubt);
  const { forget, decline } = useRequests(project);
  const all = requests.data ?? [];
  const open = mayChange && environment?.fixed == null ? wanted(all) : [];
  const answered = all.filter((each) => each.state !== "open");
  if (open.length + answered.length === 0) return null;
  return (
    <section aria-label={t`Requests for packages`} className={cx("shrink-0 space-y-2", small && "mx-2 mb-2")}>
      {open.map(({ line, people, requests: of }) => (
        <div key={line} className="rounded-card border border-line bg-card p-3 shadow-low">
          <p className="break-words">
            <Trans>
              <span className="font-medium">{listed(people)}</span>{" "}
              {plural(people.length, { one: "asks", other: "ask" })} for{" "}
              <span className="font-mono text-[13px]">{line}</span>.
            </Trans>
          </p>
          <div className="mt-2 flex flex-wrap gap-2">
            <Button
              size="small"
              icon={PackagePlus}
              aria-label={t`Install ${line}`}
              busy={begin.isPending}
              onClick={() => begin.mutate({ wish: wishes(project).install([line]) })}
            >{t`Install`}</Button>
            <Button
              size="small"
              kind="ghost"
              aria-label={t`Decline ${line}`}
              busy={decline.isPending}
              onClick={() => decline.mutate(of.map((each) => each.id))}
            >{t`Decline`}</Button>
          </div>
        </div>
      ))}
      {answered.map((each) => (
        <Answered key={each.id} request={each} onDismiss={() => forget.mutate(each.id)} />
      ))}
      <DoubtDialog
        doubt={doubt}
        onClose={() => setDoubt(null)}
        onInstall={(wish) => begin.mutate({ wish, confirmed: true })}
      />
    </section>
  );
}

function Answered({ request, onDismiss }: { request: PackageRequest; onDismiss: () => void }) {
  const isThere = request.state === "installed";
  const Icon = isThere ? CircleCheck : CircleSlash;
  const who = request.answered_by?.display_name ?? t`Somebody`;
  return (
    <div role="status" className="flex items-start gap-2 rounded-card border border-line bg-card p-2.5 shadow-low">
      <Icon size={16} aria-hidden className={cx("mt-0.5 shrink-0", isThere ? "text-ok" : "text-fg3")} />
      <p className="min-w-0 flex-1 break-words">
        {isThere ? t`${who} installed` : t`${who} declined`}{" "}
        <span className="font-mono text-[13px]">{request.line}</span>.
      </p>
      <IconButton icon={X} size="small" label={t`Dismiss: ${request.line}`} onClick={onDismiss} />
    </div>
  );
}
