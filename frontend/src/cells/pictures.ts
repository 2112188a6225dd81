/** Pictures that are pasted or dropped into a text: handed on, with the place where they belong. */

import { EditorView } from "@codemirror/view";
import type { Extension } from "@codemirror/state";

/** The pictures in what was pasted or dropped; none where it is text with a picture of it beside. */
export function picturesIn(transfer: DataTransfer | null): File[] {
  if (transfer === null || transfer.types.includes("text/plain")) return [];
  return [...transfer.files].filter((file) => file.type.startsWith("image/"));
}

/** In an editor; `take` gets the pictures and the character before which they go. */
export const takesPictures = (take: (files: readonly File[], at: number) => void): Extension =>
  EditorView.domEventHandlers({
    paste: (event, view) => {
      const files = picturesIn(event.clipboardData);
      if (files.length === 0 || view.state.readOnly) return false;
      event.preventDefault();
      take(files, view.state.selection.main.head);
      return true;
    },
    drop: (event, view) => {
      const files = picturesIn(event.dataTransfer);
      if (files.length === 0 || view.state.readOnly) return false;
      event.preventDefault();
      event.stopPropagation(); // the page takes dropped files into the project
      take(files, view.posAtCoords({ x: event.clientX, y: event.clientY }, false));
      return true;
    },
  });
