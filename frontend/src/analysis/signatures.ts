/** The signature of the call around the caret, from its opening bracket until the caret leaves it. */

import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { showTooltip, ViewPlugin, type EditorView, type Tooltip, type ViewUpdate } from "@codemirror/view";
import type { Analysis } from "./ask";
import { signatureBox } from "./tooltips";

const SETTLE_MS = 120;

const setTip = StateEffect.define<Tooltip | null>();

const tip = StateField.define<Tooltip | null>({
  create: () => null,
  update(now, transaction) {
    for (const effect of transaction.effects) if (effect.is(setTip)) return effect.value;
    return now !== null && transaction.docChanged ? { ...now, pos: transaction.changes.mapPos(now.pos) } : now;
  },
  provide: (field) => showTooltip.from(field),
});

export const hasSignature = (view: EditorView): boolean => view.state.field(tip, false) != null;

export function closeSignature(view: EditorView): boolean {
  if (!hasSignature(view)) return false;
  view.dispatch({ effects: setTip.of(null) });
  return true;
}

/** Ask for the signature at the caret and show it there; nothing shows where there is none. */
export async function showSignature(view: EditorView, analysis: Analysis, cell: string): Promise<void> {
  const asked = view.state;
  const offset = asked.selection.main.head;
  const answer = await analysis.signatures({ cell, source: asked.doc.toString(), offset });
  // The answer is about another place by now.
  if (view.state.doc !== asked.doc || view.state.selection.main.head !== offset) return;
  const box = answer === null ? null : signatureBox(answer);
  const tooltip = box === null ? null : { pos: offset, above: true, create: () => ({ dom: box }) };
  view.dispatch({ effects: setTip.of(tooltip) });
}

export function signatures(analysis: Analysis, cell: string): Extension {
  const follow = ViewPlugin.define((view) => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const later = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => void showSignature(view, analysis, cell), SETTLE_MS);
    };
    return {
      update(update: ViewUpdate) {
        const isTyped = update.transactions.some((one) => one.isUserEvent("input.type"));
        const { head } = update.state.selection.main;
        const before = update.state.sliceDoc(Math.max(0, head - 1), head);
        if (isTyped && (before === "(" || before === ",")) later();
        else if (hasSignature(view) && (update.docChanged || update.selectionSet)) later();
        else if (update.focusChanged && !view.hasFocus && hasSignature(view))
          queueMicrotask(() => closeSignature(view));
      },
      destroy() {
        if (timer !== null) clearTimeout(timer);
      },
    };
  });
  return [tip, follow];
}
