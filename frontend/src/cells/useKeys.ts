import { useEffect } from "react";
import { useCells, type Cells } from "./CellsContext";
import { useChoices } from "../wire/choices";
import { useCustomKeys } from "./customKeys";
import { belongsToEditor } from "./keymaps";
import { commandOf, type Chord, type KeyMode, type KeyPress } from "./keys";
import { clipboard, textOf } from "./clipboard";
import { clip, paste, perform } from "./perform";

/** Listens for the notebook's keys; letter keys act only with the focus in the list, or nowhere. */
export function useKeys(): void {
  const cells = useCells();
  useEffect(() => {
    let chord: Chord | null = null;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const mode = modeOf(event.target);
      if (mode === null) return;
      const { keys } = useChoices.getState().choices;
      if (mode === "edit" && belongsToEditor(keys, pressOf(event))) return;
      if (mode !== "edit" && cells.lostText.takes(event.key, event.timeStamp)) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      const press = pressOf(event);
      const answer = commandOf(press, mode, chord, event.timeStamp, useCustomKeys.getState());
      chord = event.repeat ? null : answer.chord;
      if (answer.command === null || !perform(cells, answer.command)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const stopCopying = hearCopying(cells);
    // Before the editor sees it: Shift+Enter there would be a new line.
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => {
      stopCopying();
      document.removeEventListener("keydown", onKeyDown, { capture: true });
    };
  }, [cells]);
}

/** The browser's own copying and pasting, while cells are selected and no text is. */
function hearCopying(cells: Cells): () => void {
  const take = (event: ClipboardEvent): void => {
    const { clipboardData: transfer, type, target } = event;
    const canEdit = cells.rights.get().has("EDIT");
    if (transfer === null || modeOf(target) !== "command" || (type !== "copy" && !canEdit)) return;
    if (type === "paste") {
      const clipping = clipboard.read(transfer.getData("text/plain"));
      if (clipping === null) return;
      void paste(cells, clipping);
    } else {
      if (document.getSelection()?.isCollapsed === false) return;
      const clipping = clip(cells, type === "cut" ? "cut" : "copy");
      if (clipping.cells.length === 0) return;
      clipboard.put(clipping);
      transfer.setData("text/plain", textOf(clipping.cells));
    }
    event.preventDefault();
  };
  const events = ["copy", "cut", "paste"] as const;
  for (const event of events) document.addEventListener(event, take);
  return () => events.forEach((event) => document.removeEventListener(event, take));
}

const pressOf = (event: KeyboardEvent): KeyPress => ({
  key: event.key,
  code: event.code,
  ctrl: event.ctrlKey,
  meta: event.metaKey,
  alt: event.altKey,
  shift: event.shiftKey,
});

/** Null where keys belong to something else: a dialog, a menu, the bar that finds. */
function modeOf(target: EventTarget | null): KeyMode | null {
  if (!(target instanceof HTMLElement)) return null;
  if (target === document.body) return "command";
  if (target.closest("[role=menu], [role=dialog], search") !== null) return null;
  const cell = target.closest("[data-cell]");
  const isField = target.matches("input, textarea, select, [contenteditable=true]");
  if (cell === null)
    return target.closest("#scroll") === null || isField || target.matches("button, a") ? "elsewhere" : "command";
  if (target.closest(".cm-editor") !== null) return "edit";
  if (target === cell) return "command";
  return isField ? "elsewhere" : "control";
}
