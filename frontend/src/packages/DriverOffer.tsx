import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Package, PackageCheck, PackagePlus } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { toastError } from "../ui/Toast";
import { AskFor } from "./AskFor";
import { JobRow } from "./JobRow";
import { useChanges, useEnvironment, wishes } from "./useEnvironment";
import { fromJob, isOpen } from "./words";
import "./packages.css";

export interface DriverOfferProps {
  project: string;
  /** What installs the driver, as "psycopg[binary]". */
  line: string;
  mayInstall: boolean;
  /** What the person wanted to do with it. */
  again: { label: string; run: () => void };
}

/** Where a database cannot be asked for want of its driver: how it gets here, and what to do then. */
export function DriverOffer({ project, line, mayInstall, again }: DriverOfferProps) {
  const { data: environment } = useEnvironment(project);
  const [begun, setBegun] = useState<string | null>(null);
  const { begin } = useChanges(project, (doubt) => toastError(doubt.reason));
  if (environment === undefined || environment.fixed !== null) return null;
  const job = environment.job == null ? null : fromJob(environment.job);
  if (begun !== null && job?.id === begun && job.state === "done")
    return (
      <div role="status" className="import-offer">
        <PackageCheck size={16} aria-hidden className="shrink-0 text-ok" />
        <p className="min-w-0 flex-1">
          <Trans>
            <span className="font-mono text-[13px]">{line}</span> is installed now.
          </Trans>
        </p>
        <Button size="small" onClick={again.run}>
          {again.label}
        </Button>
      </div>
    );
  if (begun !== null && job?.id === begun && job.state !== "cancelled")
    return <JobRow job={job} onDismiss={() => setBegun(null)} small />;
  return (
    <div className="import-offer">
      <Package size={16} aria-hidden className="shrink-0 text-warn" />
      <p className="min-w-0 flex-1 break-words">
        <Trans>
          <span className="font-mono text-[13px] font-medium">{line}</span> is not installed here
        </Trans>
      </p>
      {mayInstall ? (
        <Button
          size="small"
          icon={PackagePlus}
          aria-label={t`Install ${line}`}
          busy={begin.isPending || (job !== null && isOpen(job))}
          onClick={() =>
            begin.mutate({ wish: wishes(project).install([line]) }, { onSuccess: (made) => setBegun(made.id) })
          }
        >{t`Install`}</Button>
      ) : (
        <AskFor project={project} lines={[line]} />
      )}
    </div>
  );
}
