/** A kernel's state as a dot and a word. */
import type { DotTone } from "../../ui/Dot";
import { assertNever } from "../../wire/assertNever";
import type { Schemas } from "../../wire/http";

type KernelState = Schemas["KernelState"];

const STATES: readonly KernelState[] = [
  "none",
  "starting",
  "restoring",
  "idle",
  "busy",
  "saving",
  "restarting",
  "reconnecting",
  "stopping",
  "dead",
];

/** Returns what to show, or null where there is no kernel to speak of (none, or a state of a newer server). */
export function kernelWords(state: string): { tone: DotTone; word: string } | null {
  const known = STATES.find((each) => each === state);
  if (known === undefined) return null;
  switch (known) {
    case "none":
      return null;
    case "starting":
      return { tone: "busy", word: "Starting" };
    case "restoring":
      return { tone: "busy", word: "Restoring" };
    case "saving":
      return { tone: "warn", word: "Saving variables" };
    case "idle":
      return { tone: "ok", word: "Ready" };
    case "busy":
      return { tone: "busy", word: "Running" };
    case "restarting":
      return { tone: "busy", word: "Restarting" };
    case "reconnecting":
      return { tone: "warn", word: "Reconnecting" };
    case "stopping":
      return { tone: "warn", word: "Stopping" };
    case "dead":
      return { tone: "err", word: "Kernel died" };
    default:
      return assertNever(known);
  }
}
