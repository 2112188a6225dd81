import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Package, PackageCheck, PackagePlus, Play } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { DoubtDialog } from "./DoubtDialog";
import { AskFor } from "./AskFor";
import { offerQuery, useChanges, useEnvironment, wishes, type Doubt } from "./useEnvironment";
import { fromJob, isOpen, sureness } from "./words";
import "./packages.css";

export interface ImportOfferProps {
  project: string;
  /** As the traceback names it. */
  module: string;
  /** When the run ended that failed; null while that is not known. */
  ended: string | null;
  mayInstall: boolean;
  /** Absent for people who may not run. */
  onRun?: (() => void) | undefined;
}

/** Under a traceback: the package whose module could not be imported, and how it gets here. */
export function ImportOffer({ project, module, ended, mayInstall, onRun }: ImportOfferProps) {
  const offer = useQuery(offerQuery(project, module));
  const { data: environment } = useEnvironment(project);
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const { begin } = useChanges(project, setDoubt);
  const found = offer.data;
  if (found === undefined || environment === undefined || environment.fixed !== null) return null;
  if (found.state === "installed") {
    const since = found.installed_at ?? null;
    const cameLater = since !== null && ended !== null && Date.parse(since) > Date.parse(ended);
    if (!cameLater || onRun === undefined) return null;
    return (
      <div role="status" className="import-offer">
        <PackageCheck size={16} aria-hidden className="shrink-0 text-ok" />
        <p className="min-w-0 flex-1">
          <Trans>
            <span className="font-mono text-[13px]">{found.distribution ?? module}</span> is installed now.
          </Trans>
        </p>
        <Button size="small" icon={Play} onClick={onRun}>{t`Run the cell again`}</Button>
      </div>
    );
  }
  if (found.state === "unknown") {
    return (
      <div className="import-offer">
        <Package size={16} aria-hidden className="shrink-0 text-fg3" />
        <p className="min-w-0 flex-1 break-words">{found.reason}</p>
      </div>
    );
  }
  if (found.state !== "missing" || found.line == null) return null;
  const { line } = found;
  const isBusy = environment.job != null && isOpen(fromJob(environment.job));
  return (
    <div className="import-offer">
      <Package size={16} aria-hidden className="shrink-0 text-warn" />
      <p className="min-w-0 flex-1 break-words">
        <span className="font-mono text-[13px] font-medium">{line}</span>{" "}
        {line === module ? t`is not installed here` : t`brings ${module}`}{" "}
        <span className="text-fg2">· {sureness(found.confidence ?? 0)}</span>
      </p>
      {mayInstall ? (
        <Button
          size="small"
          icon={PackagePlus}
          aria-label={t`Install ${line}`}
          busy={begin.isPending || isBusy}
          onClick={() => begin.mutate({ wish: wishes(project).install([line]) })}
        >{t`Install`}</Button>
      ) : (
        <AskFor project={project} lines={[line]} />
      )}
      <DoubtDialog
        doubt={doubt}
        onClose={() => setDoubt(null)}
        onInstall={(wish) => begin.mutate({ wish, confirmed: true })}
      />
    </div>
  );
}
