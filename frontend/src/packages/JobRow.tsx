import { t } from "@lingui/core/macro";
import { ChevronRight, CircleAlert, CircleSlash, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/IconButton";
import { ProgressBar } from "../ui/ProgressBar";
import { Spinner } from "../ui/Spinner";
import { durationText, isOpen, phaseText, share, type ShownJob } from "./words";

export interface JobRowProps {
  job: ShownJob;
  /** Absent for people who may not change the environment. */
  onCancel?: (() => void) | undefined;
  isCancelling?: boolean;
  onDismiss?: (() => void) | undefined;
  /** Asked for again, with leave to build from source. */
  onBuild?: (() => void) | undefined;
  onRetry?: (() => void) | undefined;
  /** In a narrow panel: where the rest can be read. */
  onDetails?: (() => void) | undefined;
  /** In a narrow panel. */
  small?: boolean;
}

interface Shown {
  isCancelling: boolean;
  small: boolean;
}

/** A change of the environment: how far it is, or why it failed. */
export function JobRow({ onCancel, isCancelling = false, small = false, ...told }: JobRowProps) {
  const { job, onDismiss } = told;
  if (isOpen(job)) return <Running {...{ job, onCancel, isCancelling, small }} />;
  if (job.state === "failed") return <Failed {...told} small={small} />;
  if (job.state === "cancelled") return <Cancelled {...{ job, onDismiss, small }} />;
  return null;
}

function Running({ job, onCancel, isCancelling, small }: Pick<JobRowProps, "job" | "onCancel"> & Shown) {
  const part = share(job);
  const text = isCancelling ? t`Cancelling` : phaseText(job);
  return (
    <div className={cx("package-job rounded-card border border-line bg-card shadow-low", small ? "p-2.5" : "p-3")}>
      <div className="flex items-start gap-2.5">
        <span className="pt-0.5 text-accent">
          <Spinner />
        </span>
        <div className="min-w-0 flex-1">
          <p className="font-medium break-words">{job.title}</p>
          <p className="text-[13px] break-words text-fg2" aria-live="polite">
            {text}
          </p>
        </div>
        {onCancel !== undefined &&
          (small ? (
            <IconButton
              icon={X}
              size="small"
              label={t`Cancel: ${job.title}`}
              disabled={isCancelling}
              onClick={onCancel}
            />
          ) : (
            <Button size="small" busy={isCancelling} onClick={onCancel}>{t`Cancel`}</Button>
          ))}
      </div>
      <ProgressBar label={job.title} share={part} text={text} className="mt-2.5" />
      <p className="mt-1.5 text-xs text-fg3 tabular-nums">
        {job.by === "" ? "" : `${job.by} · `}
        {durationText(job.elapsedS)}
      </p>
    </div>
  );
}

function Cancelled({ job, onDismiss, small }: Pick<JobRowProps, "job" | "onDismiss"> & Pick<Shown, "small">) {
  return (
    <div
      role="status"
      className={cx("flex items-start gap-2.5 rounded-card border border-line bg-card", small ? "p-2.5" : "p-3")}
    >
      <CircleSlash size={16} aria-hidden className="mt-0.5 shrink-0 text-fg3" />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{job.title}</p>
        <p className="text-[13px] text-fg2">{t`Cancelled. Nothing was changed.`}</p>
      </div>
      {onDismiss !== undefined && <IconButton icon={X} size="small" label={t`Dismiss`} onClick={onDismiss} />}
    </div>
  );
}

function Failed({
  job,
  onDismiss,
  onBuild,
  onRetry,
  onDetails,
  small = false,
}: Omit<JobRowProps, "onCancel" | "isCancelling">) {
  const [isShown, setIsShown] = useState(false);
  const hasDetail = !small && job.detail !== null && job.detail !== "";
  return (
    <div role="alert" className={cx("rounded-card border border-err/40 bg-err-bg", small ? "p-2.5" : "p-3")}>
      <div className="flex items-start gap-2.5">
        <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-err" />
        <div className="min-w-0 flex-1">
          <p className="font-medium break-words">{job.title}</p>
          <p className="text-[13px] break-words text-fg2">{job.reason}</p>
        </div>
        {onDismiss !== undefined && <IconButton icon={X} size="small" label={t`Dismiss`} onClick={onDismiss} />}
      </div>
      {(hasDetail || onBuild !== undefined || onRetry !== undefined || onDetails !== undefined) && (
        <div className="mt-2 flex flex-wrap items-center gap-2 ps-6.5">
          {onBuild !== undefined && job.code === "needs_build" && (
            <Button size="small" onClick={onBuild}>{t`Build from source`}</Button>
          )}
          {onRetry !== undefined && job.code !== "needs_build" && (
            <Button size="small" onClick={onRetry}>{t`Try again`}</Button>
          )}
          {onDetails !== undefined && <Button size="small" kind="ghost" onClick={onDetails}>{t`Details`}</Button>}
          {hasDetail && (
            <button
              type="button"
              aria-expanded={isShown}
              className="inline-flex h-7 items-center gap-1 rounded-control px-1.5 text-[13px] font-medium text-fg2 hover:bg-hover hover:text-fg"
              onClick={() => setIsShown(!isShown)}
            >
              <ChevronRight size={14} aria-hidden className={cx("transition-transform", isShown && "rotate-90")} />
              {t`What the installer said`}
            </button>
          )}
        </div>
      )}
      {isShown && (
        <pre
          // Long lines scroll, so the keyboard has to reach it.
          tabIndex={0}
          className="mt-2 max-h-60 overflow-auto rounded-control bg-card p-2.5 font-mono text-xs leading-5 text-fg2"
        >
          {job.detail}
        </pre>
      )}
    </div>
  );
}
