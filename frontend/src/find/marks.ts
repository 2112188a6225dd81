/** The matches inside one editor. They move with the text until the next search. */

import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { Span } from "./pattern";

export interface Marks {
  readonly spans: readonly Span[];
  readonly now: Span | null;
}

export const setMarks = StateEffect.define<Marks>();

const found = Decoration.mark({ class: "cm-found" });
const foundNow = Decoration.mark({ class: "cm-found cm-found-now" });

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const { spans, now } = effect.value;
      const fitting = spans.filter((span) => span.to <= transaction.newDoc.length);
      next = Decoration.set(
        fitting.map((span) => (span.from === now?.from ? foundNow : found).range(span.from, span.to)),
      );
    }
    return next;
  },
  provide: (source) => EditorView.decorations.from(source),
});

export const foundMarks: Extension = field;
