/** The dot of each state of a kernel. */
import type { KernelState } from "../model/kernel";
import type { DotTone } from "../ui/Dot";

export const TONES: Record<KernelState, DotTone> = {
  none: "off",
  starting: "busy",
  restoring: "busy",
  idle: "ok",
  busy: "busy",
  saving: "warn",
  restarting: "busy",
  reconnecting: "warn",
  stopping: "warn",
  dead: "err",
};
