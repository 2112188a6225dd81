import { t } from "@lingui/core/macro";
import { Clock, Lock, Play, Square } from "lucide-react";
import { memo } from "react";
import type { CellType } from "../model/cells";
import { useReadable } from "../model/use";
import type { Run } from "../model/run";
import { useCan, useCells } from "./CellsContext";

/** Beside the cell: run or stop it, and its execution count. */
export const Rail = memo(function Rail({
  id,
  type,
  run,
  isActive,
}: {
  id: string;
  type: CellType;
  run: Run | null;
  isActive: boolean;
}) {
  if (type !== "code") return <div className="cell-rail" />;
  return (
    <div className="cell-rail">
      <RunButton id={id} run={run} isActive={isActive} />
      <span className="cell-count" title={run?.count == null ? undefined : t`Execution ${run.count}`}>
        {run?.count ?? ""}
      </span>
    </div>
  );
});

function RunButton({ id, run, isActive }: { id: string; run: Run | null; isActive: boolean }) {
  const { commands, runBlocked } = useCells();
  const canRun = useCan("RUN");
  const canEdit = useCan("EDIT");
  const blocked = useReadable(runBlocked, (reason) => reason);
  const tabIndex = isActive ? 0 : -1;
  if (!canRun) {
    if (run?.state === "running" || run?.state === "queued")
      return <span className="rail-button rail-busy" aria-hidden data-state={run.state} />;
    if (!canEdit) return null;
    return (
      <span
        className="rail-button rail-lock"
        role="img"
        aria-label={t`You can edit, not run`}
        title={t`You can edit, not run. Ask an admin for the right to run.`}
      >
        <Lock size={13} aria-hidden />
      </span>
    );
  }
  if (run?.state === "running") {
    return (
      <button
        type="button"
        className="rail-button rail-busy"
        data-state="running"
        tabIndex={tabIndex}
        aria-label={t`Stop`}
        title={t`Stop (I I)`}
        onClick={commands.interrupt}
      >
        <Square size={10} fill="currentColor" aria-hidden />
      </button>
    );
  }
  if (run?.state === "queued") {
    return (
      <button
        type="button"
        className="rail-button rail-busy"
        data-state="queued"
        tabIndex={tabIndex}
        aria-label={t`Take out of the queue`}
        title={t`Take out of the queue`}
        onClick={() => commands.cancel(id)}
      >
        <Clock size={14} aria-hidden />
      </button>
    );
  }
  return (
    <button
      type="button"
      className="rail-button rail-run"
      tabIndex={tabIndex}
      aria-label={t`Run`}
      aria-disabled={blocked !== null || undefined}
      title={blocked ?? t`Run (Ctrl+Enter)`}
      onClick={() => {
        if (blocked === null) commands.run([id]);
      }}
    >
      <Play size={13} fill="currentColor" aria-hidden />
    </button>
  );
}
