import { plural, t } from "@lingui/core/macro";
import { Boxes } from "lucide-react";
import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { partOnDemand } from "../ui/onDemand";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toastError } from "../ui/Toast";
import { JobRow } from "./JobRow";
import { MissingCard } from "./MissingCard";
import { Requests } from "./Requests";
import { useChanges, useEnvironment, useWish } from "./useEnvironment";
import { isOpen, fromJob, type ShownJob } from "./words";

const EnvironmentPanel = partOnDemand(
  async () => (await import("./EnvironmentPanel")).EnvironmentPanel,
  () => (
    <Loading label={t`Loading the environment`}>
      <Skeleton className="h-40 w-full" />
    </Loading>
  ),
);

export interface EnvironmentEntryProps {
  project: string;
  mayChange: boolean;
  mayEdit: boolean;
  /** What the notebook's socket tells, which is newer than any answer. */
  live: ShownJob | null;
}

/** In a notebook's left panel: the Python of the project, and a change that goes on. */
export function EnvironmentEntry({ project, mayChange, mayEdit, live }: EnvironmentEntryProps) {
  const [isOpened, setIsOpened] = useState(false);
  const [dismissed, setDismissed] = useState("");
  const environment = useEnvironment(project);
  const { begin, cancel } = useChanges(project, (doubt) => toastError(doubt.reason));
  const asked = environment.data?.job ?? null;
  const job = live ?? (asked === null ? null : fromJob(asked));
  const wish = useWish(job?.id ?? null);
  const isWorthSeeing = job !== null && (isOpen(job) || (job.id === live?.id && job.id !== dismissed));
  const { data } = environment;
  return (
    <>
      {/* However much is asked for, the list of notebooks keeps its place. */}
      <div className="max-h-[45vh] shrink-0 overflow-y-auto">
        <MissingCard project={project} mayChange={mayChange} mayEdit={mayEdit} />
        <Requests project={project} mayChange={mayChange} onReview={() => setIsOpened(true)} />
      </div>
      <section aria-label={t`Environment`} className="shrink-0 border-t border-line px-2 py-2">
        <button
          type="button"
          className="flex h-8 pointer-coarse:h-10 w-full items-center gap-2 rounded-control px-2 text-start text-fg2 hover:bg-hover hover:text-fg"
          onClick={() => setIsOpened(true)}
        >
          <Boxes size={16} aria-hidden className="shrink-0 text-fg3" />
          <span className="min-w-0 flex-1 truncate">{t`Environment`}</span>
          {data !== undefined && (
            <span className="shrink-0 text-xs text-fg3 tabular-nums">
              {data.packages.length === 0
                ? t`Python ${data.python.version}`
                : plural(data.packages.length, { one: "# package", other: "# packages" })}
            </span>
          )}
        </button>
        {isWorthSeeing && (
          <div className="mt-1.5">
            <JobRow
              small
              job={job}
              onCancel={mayChange && isOpen(job) ? () => cancel.mutate(job.id) : undefined}
              isCancelling={cancel.isPending}
              onDismiss={() => setDismissed(job.id)}
              onBuild={wish === null ? undefined : () => begin.mutate({ wish, builds: true })}
              onRetry={wish === null ? undefined : () => begin.mutate({ wish })}
              onDetails={() => setIsOpened(true)}
            />
          </div>
        )}
        <Dialog open={isOpened} onOpenChange={setIsOpened} size="large" title={t`Environment`}>
          <EnvironmentPanel project={project} mayChange={mayChange} />
        </Dialog>
      </section>
    </>
  );
}
