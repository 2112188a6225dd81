/** Keys of other editors, for who chose them. Each comes when it is first wanted. */

import type { Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { yUndoManagerKeymap } from "y-codemirror.next";

export type KeySet = "usual" | "vim" | "emacs";

/** Whether vim means something else by Escape than leaving the cell; known once vim has come. */
let inVimMode: ((view: EditorView) => boolean) | null = null;

/** Both know CodeMirror's own history alone; what is taken back in a cell is this person's, over the whole notebook. */
const inHistory =
  (key: "Mod-z" | "Mod-Shift-z") =>
  (view: EditorView): boolean =>
    yUndoManagerKeymap.find((binding) => binding.key === key)?.run?.(view) ?? false;
const undo = inHistory("Mod-z");
const redo = inHistory("Mod-Shift-z");

export async function loadKeys(keys: KeySet): Promise<Extension> {
  if (keys === "emacs") {
    const { emacs, EmacsHandler } = await import("@replit/codemirror-emacs");
    EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", undo);
    EmacsHandler.bindKey("S-C-/|S-C-x u|C--|S-C-z", redo);
    return emacs();
  }
  if (keys === "vim") {
    const { CodeMirror, getCM, vim } = await import("@replit/codemirror-vim");
    CodeMirror.commands.undo = ({ cm6 }) => void undo(cm6);
    CodeMirror.commands.redo = ({ cm6 }) => void redo(cm6);
    inVimMode = (view) => {
      const state = getCM(view)?.state.vim;
      return state != null && (state.insertMode || state.visualMode || state.inputState.keyBuffer.length > 0);
    };
    return vim();
  }
  return [];
}

/** In vim's insert and visual modes Escape goes back to its normal mode; there it leaves the cell, as ever. */
export const keepsEscape = (view: EditorView): boolean => inVimMode?.(view) ?? false;

const TAKEN_BY_VIM = new Set(["f", "b", "h"]);

/** Whether a key press in an editor belongs to the chosen keys, although the page would use it. */
export function belongsToEditor(
  keys: KeySet,
  press: { key: string; ctrl: boolean; meta: boolean; alt: boolean },
): boolean {
  if (!press.ctrl || press.meta || press.alt || press.key === "Enter") return false;
  return keys === "emacs" || (keys === "vim" && TAKEN_BY_VIM.has(press.key.toLowerCase()));
}
