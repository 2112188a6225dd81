import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { memo, useCallback } from "react";
import { Dot, type DotTone } from "../ui/Dot";
import { isAlive, isAtRest, restWord, type Kernel } from "../model/kernel";
import type { RuntimeIndex } from "../model/index";
import { programOf, queueOf } from "../model/run";
import { useObserved } from "../model/use";
import { useKernel } from "./useKernel";

/** The line at the foot of the panel: the kernel, its language and how much waits. */
export const KernelFoot = memo(function KernelFoot({ runtime }: { runtime: RuntimeIndex }) {
  const kernel = useKernel(runtime);
  const subscribe = useCallback((listener: () => void) => runtime.subscribeQueue(listener), [runtime]);
  const waiting = useObserved(subscribe, () => Math.max(0, queueOf(runtime.queue).length - 1));
  const program = useObserved(subscribe, () => programOf(queueOf(runtime.queue)));
  return (
    <p className="kernel-foot">
      <Dot tone={toneOf(kernel)} />
      <span>
        <Trans>
          Kernel {restWord(kernel).toLowerCase()}
          {kernel.language !== "" && t` · ${kernel.language}`}
          {program !== null && t` · ${program} runs code from another program`}
          {waiting > 0 && t` · ${waiting} waiting`}
        </Trans>
      </span>
    </p>
  );
});

function toneOf(kernel: Kernel): DotTone {
  if (kernel.state === "dead" && !isAtRest(kernel)) return "err";
  if (!isAlive(kernel.state)) return "off";
  return kernel.state === "idle" ? "ok" : "busy";
}
