/** Whether the kernel holds the value that an input shows. Pure. */

import type { Kernel } from "../model/kernel";
import { isActive, type Run } from "../model/run";

/** `none`: there is no kernel. `setting`: the cell waits or runs. `failed`: it ended otherwise than well. */
export type Held = "none" | "setting" | "held" | "failed" | "behind";

export function heldBy(run: Run | null, kernel: Pick<Kernel, "state" | "startedAt">): Held {
  if (isActive(run)) return "setting";
  if (kernel.state === "none" || kernel.state === "dead" || kernel.state === "stopping") return "none";
  if (run === null || run.stale || run.started === null) return "behind";
  if (kernel.startedAt !== null && Date.parse(run.started) < Date.parse(kernel.startedAt)) return "behind";
  if (run.state === "error") return "failed";
  return run.state === "done" ? "held" : "behind";
}
