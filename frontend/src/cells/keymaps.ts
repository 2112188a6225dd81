/** Keys of other editors, for who chose them. Each comes when it is first wanted. */

import type { Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

export type KeySet = "usual" | "vim" | "emacs";

/** Whether vim means something else by Escape than leaving the cell; known once vim has come. */
let inVimMode: ((view: EditorView) => boolean) | null = null;

export async function loadKeys(keys: KeySet): Promise<Extension> {
  if (keys === "emacs") return (await import("@replit/codemirror-emacs")).emacs();
  if (keys === "vim") {
    const { getCM, vim } = await import("@replit/codemirror-vim");
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
