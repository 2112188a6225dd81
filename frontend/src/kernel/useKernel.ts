import { useCallback } from "react";
import { readKernel, type Kernel } from "../model/kernel";
import type { RuntimeIndex } from "../model/index";
import { useObserved } from "../model/use";

const same = (a: Kernel, b: Kernel): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The notebook's kernel; a component draws again only when it changes. */
export function useKernel(runtime: RuntimeIndex): Kernel {
  const subscribe = useCallback((listener: () => void) => runtime.subscribeKernel(listener), [runtime]);
  return useObserved(subscribe, () => readKernel(runtime.kernel), same);
}
