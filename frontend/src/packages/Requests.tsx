import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, ListChecks, PackagePlus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/IconButton";
import { DoubtDialog } from "./DoubtDialog";
import { LATER_MS, requestsQuery, useChanges, useEnvironment, useRequests, wishes, type Doubt } from "./useEnvironment";
import { answers, listed, wanted, type Answer } from "./words";

export interface RequestsProps {
  project: string;
  mayChange: boolean;
  /** In a narrow panel, where several are told in one line: where they can be seen. */
  onReview?: (() => void) | undefined;
}

/** Who asks for which package, for those who may install it; what became of it, for those who asked. */
export function Requests({ project, mayChange, onReview }: RequestsProps) {
  const small = onReview !== undefined;
  // Where no notebook is open, no socket tells.
  const requests = useQuery({ ...requestsQuery(project), refetchInterval: small ? false : LATER_MS });
  const { data: environment } = useEnvironment(project);
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const { begin } = useChanges(project, setDoubt);
  const { forget, decline } = useRequests(project);
  const all = requests.data ?? [];
  const open = mayChange && environment?.fixed == null ? wanted(all) : [];
  const answered = answers(all);
  if (open.length + answered.length === 0) return null;
  const people = [...new Set(open.flatMap((each) => each.people))];
  const install = (lines: readonly string[]): void => begin.mutate({ wish: wishes(project).install(lines) });
  return (
    <section aria-label={t`Requests for packages`} className={cx("shrink-0 space-y-2", small && "mx-2 mb-2")}>
      {small && open.length > 1 ? (
        <div className="rounded-card border border-line bg-card p-3 shadow-low">
          <p className="break-words">
            <Trans>
              <span className="font-medium">{listed(people)}</span>{" "}
              {plural(people.length, { one: "asks", other: "ask" })} for {open.length} packages.
            </Trans>
          </p>
          <Button size="small" icon={ListChecks} className="mt-2" onClick={onReview}>{t`Review`}</Button>
        </div>
      ) : (
        open.length > 0 && (
          <ul className="divide-y divide-line rounded-card border border-line bg-card shadow-low">
            {open.map(({ line, people, requests: of }) => (
              <li key={line} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2.5">
                <p className={cx("min-w-0 break-words", small ? "w-full" : "flex-1")}>
                  <Trans>
                    <span className="font-medium">{listed(people)}</span>{" "}
                    {plural(people.length, { one: "asks", other: "ask" })} for{" "}
                    <span className="font-mono text-[13px]">{line}</span>.
                  </Trans>
                </p>
                <div className="flex flex-wrap gap-2">
                  <Button
                    size="small"
                    icon={PackagePlus}
                    aria-label={t`Install ${line}`}
                    busy={begin.isPending}
                    onClick={() => install([line])}
                  >{t`Install`}</Button>
                  <Button
                    size="small"
                    kind="ghost"
                    aria-label={t`Decline ${line}`}
                    busy={decline.isPending}
                    onClick={() => decline.mutate(of.map((each) => each.id))}
                  >{t`Decline`}</Button>
                </div>
              </li>
            ))}
            {open.length > 1 && (
              <li className="flex justify-end px-3 py-2">
                <Button
                  size="small"
                  icon={PackagePlus}
                  busy={begin.isPending}
                  onClick={() => install(open.map((each) => each.line))}
                >{t`Install all ${open.length}`}</Button>
              </li>
            )}
          </ul>
        )
      )}
      {answered.map((each) => (
        <Answered
          key={each.ids.join()}
          answer={each}
          onDismiss={() => {
            for (const id of each.ids) forget.mutate(id);
          }}
        />
      ))}
      <DoubtDialog
        doubt={doubt}
        onClose={() => setDoubt(null)}
        onInstall={(wish) => begin.mutate({ wish, confirmed: true })}
      />
    </section>
  );
}

function Answered({ answer, onDismiss }: { answer: Answer; onDismiss: () => void }) {
  const isThere = answer.state === "installed";
  const Icon = isThere ? CircleCheck : CircleSlash;
  const lines = listed(answer.lines);
  return (
    <div role="status" className="flex items-start gap-2 rounded-card border border-line bg-card p-2.5 shadow-low">
      <Icon size={16} aria-hidden className={cx("mt-0.5 shrink-0", isThere ? "text-ok" : "text-fg3")} />
      <p className="min-w-0 flex-1 break-words">
        {isThere ? t`${answer.who} installed` : t`${answer.who} declined`}{" "}
        <span className="font-mono text-[13px]">{lines}</span>.
      </p>
      <IconButton icon={X} size="small" label={t`Dismiss: ${lines}`} onClick={onDismiss} />
    </div>
  );
}
