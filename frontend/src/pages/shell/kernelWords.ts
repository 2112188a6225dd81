/** A kernel's state as a dot and a word. */
import { TONES } from "../../kernel/tones";
import { isKernelState, kernelWord } from "../../model/kernel";
import type { DotTone } from "../../ui/Dot";

/** Returns what to show, or null where there is no kernel to speak of (none, or a state of a newer server). */
export function kernelWords(state: string): { tone: DotTone; word: string } | null {
  if (!isKernelState(state) || state === "none") return null;
  return { tone: TONES[state], word: kernelWord(state) };
}
