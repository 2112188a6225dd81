import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { memo, useLayoutEffect, useRef } from "react";
import { Dot, type DotTone } from "../ui/Dot";
import { durationMs, isActive, wordOf, type Run, type RunState } from "../model/run";
import { durationText, momentText } from "../model/time";
import { useCan, useCells } from "./CellsContext";

const TONES: Record<RunState, DotTone> = {
  queued: "off",
  running: "busy",
  done: "ok",
  error: "err",
  cancelled: "warn",
  lost: "warn",
};

/** Below the code: how its run stands, who ran it and when, and who is here. */
export const CellFoot = memo(function CellFoot({ id, run }: { id: string; run: Run | null }) {
  const { slots, commands } = useCells();
  const canRun = useCan("RUN");
  const people = slots.people(id);
  if (run === null) return <div className="cell-foot">{people}</div>;
  const took = run.state === "running" ? null : durationMs(run, 0);
  const when = run.ended ?? run.started ?? run.queued;
  return (
    <div className="cell-foot">
      <span className="cell-state" data-state={run.state}>
        <Dot tone={TONES[run.state]} />
        {wordOf(run)}
      </span>
      {run.state === "running" && run.started !== null && <Elapsed since={run.started} />}
      {run.ended !== null && run.started !== null && took !== null && (
        <span className="figures">{durationText(took)}</span>
      )}
      {run.byName !== "" && <span className="cell-by">{run.byName}</span>}
      {when !== null && run.state !== "running" && <time dateTime={when}>{momentText(when, new Date())}</time>}
      {run.state === "queued" && canRun && (
        <button type="button" className="cell-link" onClick={() => commands.cancel(id)}>{t`Cancel`}</button>
      )}
      {run.movedBy !== null && run.movedAt !== null && (
        <span className="cell-moved">
          <Trans>
            Moved by {run.movedBy}, <time dateTime={run.movedAt}>{momentText(run.movedAt, new Date())}</time>
          </Trans>
        </span>
      )}
      {run.stale && (
        <span className="cell-stale">
          {isActive(run) ? t`Edited since: this run has the earlier text` : t`Edited since this output`}
        </span>
      )}
      {people}
    </div>
  );
});

const TICK_MS = 200;

/** A running time that counts without React: one text node, five times a second. */
function Elapsed({ since }: { since: string }) {
  const node = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const start = Date.parse(since);
    const show = (): void => {
      if (node.current !== null) node.current.textContent = durationText(Math.max(0, Date.now() - start));
    };
    show();
    const timer = setInterval(show, TICK_MS);
    return () => clearInterval(timer);
  }, [since]);
  return <span ref={node} className="figures" />;
}
