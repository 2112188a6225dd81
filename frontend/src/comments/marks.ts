/** Words of a cell that somebody commented on, marked in its editor. They move with the text. */

import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";

export interface CommentedSpan {
  readonly thread: string;
  readonly from: number;
  readonly to: number;
}

export const setCommented = StateEffect.define<readonly CommentedSpan[]>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setCommented)) continue;
      next = Decoration.set(
        effect.value
          .filter((span) => span.to <= transaction.newDoc.length)
          .map((span) =>
            Decoration.mark({ class: "cm-commented", attributes: { "data-thread": span.thread } }).range(
              span.from,
              span.to,
            ),
          ),
        true,
      );
    }
    return next;
  },
  provide: (source) => EditorView.decorations.from(source),
});

/** A click on marked words goes to what was said about them. */
export function commentedText(onOpen: (thread: string) => void): Extension {
  return [
    field,
    EditorView.domEventHandlers({
      click: (event) => {
        const mark = event.target instanceof Element ? event.target.closest<HTMLElement>(".cm-commented") : null;
        const thread = mark?.dataset["thread"];
        if (thread !== undefined) onOpen(thread);
        return false;
      },
    }),
  ];
}
