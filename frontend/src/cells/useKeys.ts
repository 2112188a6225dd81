import { useEffect } from "react";
import { useCells } from "./CellsContext";
import { commandOf, type Chord, type KeyMode } from "./keys";
import { perform } from "./perform";

/** Listens for the notebook's keys; letter keys act only with the focus in the list, or nowhere. */
export function useKeys(): void {
  const cells = useCells();
  useEffect(() => {
    let chord: Chord | null = null;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const mode = modeOf(event.target);
      if (mode === null) return;
      if (mode !== "edit" && cells.lostText.takes(event.key, event.timeStamp)) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      const press = {
        key: event.key,
        ctrl: event.ctrlKey,
        meta: event.metaKey,
        alt: event.altKey,
        shift: event.shiftKey,
      };
      const answer = commandOf(press, mode, chord, event.timeStamp);
      chord = event.repeat ? null : answer.chord;
      if (answer.command === null || !perform(cells, answer.command)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    // Before the editor sees it: Shift+Enter there would be a new line.
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => document.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [cells]);
}

/** Null where keys belong to something else: a field, a dialog, a menu, a panel. */
function modeOf(target: EventTarget | null): KeyMode | null {
  if (!(target instanceof HTMLElement)) return null;
  if (target === document.body) return "command";
  const cell = target.closest("[data-cell]");
  if (cell === null)
    return target.closest("#scroll") !== null &&
      !target.matches("input, textarea, select, [contenteditable=true], button, a")
      ? "command"
      : null;
  if (target.closest(".cm-editor") !== null) return "edit";
  if (target === cell) return "command";
  if (target.matches("input, textarea, select, [contenteditable=true]")) return null;
  if (target.closest("[role=menu], [role=dialog]") !== null) return null;
  return "control";
}
