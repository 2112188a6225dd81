import { memo, useCallback } from "react";
import type { RuntimeIndex } from "../model/index";
import { queueOf } from "../model/run";
import { useObserved } from "../model/use";
import { Spinner } from "../ui/Spinner";
import { useKernel } from "./useKernel";

/** Below the cell that waits first: what the start of the kernel is doing, when that takes long. */
export const StartProgress = memo(function StartProgress({ runtime, cell }: { runtime: RuntimeIndex; cell: string }) {
  const { progress } = useKernel(runtime);
  const subscribe = useCallback((listener: () => void) => runtime.subscribeQueue(listener), [runtime]);
  const isFirst = useObserved(subscribe, () => queueOf(runtime.queue)[0]?.cell === cell);
  if (progress === "" || !isFirst) return null;
  return (
    <p className="start-progress" role="status">
      <Spinner />
      <span>
        The kernel is starting. <span className="text-fg3">{progress}</span>
      </span>
    </p>
  );
});
