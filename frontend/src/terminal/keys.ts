/** Which keys a terminal leaves to the browser and the page. Pure. */

export interface Key {
  readonly key: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

export type Meaning = "type" | "copy" | "paste" | "leave";

/**
 * Ctrl+C copies while something is selected and interrupts otherwise, Ctrl+V pastes, and F6 leaves: Tab belongs to
 * the shell, so whoever uses no mouse needs another way out.
 */
export function meaningOf({ key, ctrl, shift, alt, meta }: Key, hasSelection: boolean): Meaning {
  if (key === "F6" && !ctrl && !alt && !meta) return "leave";
  const letter = key.toLowerCase();
  if (alt || ctrl === meta) return "type";
  if (letter === "c" && (shift || hasSelection)) return "copy";
  if (letter === "v") return "paste";
  return "type";
}
