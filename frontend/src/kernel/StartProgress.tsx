import { t } from "@lingui/core/macro";
import { memo, useCallback } from "react";
import type { RuntimeIndex } from "../model/index";
import { queueOf } from "../model/run";
import { useObserved } from "../model/use";
import { Button } from "../ui/Button";
import { Spinner } from "../ui/Spinner";
import { Elapsed } from "./Elapsed";
import { useKernel } from "./useKernel";

export interface StartProgressProps {
  runtime: RuntimeIndex;
  cell: string;
  canRun: boolean;
  /** Ends the start, and with it what waits for it. */
  onCancel: () => void;
}

/** Below the cell that waits first: what the start of the kernel is doing, when that takes long. */
export const StartProgress = memo(function StartProgress({ runtime, cell, canRun, onCancel }: StartProgressProps) {
  const { state, progress } = useKernel(runtime);
  const subscribe = useCallback((listener: () => void) => runtime.subscribeQueue(listener), [runtime]);
  const since = useObserved(subscribe, () => {
    const first = queueOf(runtime.queue)[0];
    return first?.cell === cell ? first.queued : null;
  });
  if (progress === "" || since === null) return null;
  return (
    <div className="start-progress">
      <Spinner />
      <span role="status">
        {state === "reconnecting" ? t`The kernel is out of reach.` : t`The kernel is starting.`}{" "}
        <span className="text-fg3">{progress}</span>
      </span>
      <Elapsed since={since} />
      {canRun && state === "starting" && (
        <Button size="small" kind="ghost" onClick={onCancel}>{t`Cancel the start`}</Button>
      )}
    </div>
  );
});
