/** What a code editor knows about the code in it: completion, documentation, signatures, definitions. */

import { acceptCompletion, autocompletion, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { Prec, type Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, tooltips, type Command } from "@codemirror/view";
import type { Analysis, Place } from "./ask";
import { completionsFrom } from "./completion";
import { closeSignature, showSignature, signatures } from "./signatures";
import { toMark } from "./lint";
import { explanationBox } from "./tooltips";
import "./analysis.css";

export { analysisOf, type Analysis, type Place } from "./ask";
export { Linter } from "./lint";

export interface AnalysisSetup {
  readonly analysis: Analysis;
  readonly cell: string;
  /** Only who may edit is offered names. */
  readonly canEdit: () => boolean;
  /** Say something aloud. */
  readonly say: (text: string) => void;
  /** Go to where the name at a place is defined. */
  readonly goToDefinition: (place: Place) => Promise<void>;
}

const HOVER_MS = 450;

export function codeAnalysis({ analysis, cell, canEdit, say, goToDefinition }: AnalysisSetup): Extension {
  const define = (view: EditorView, offset: number): void =>
    void goToDefinition({ cell, source: view.state.doc.toString(), offset });
  const toDefinition: Command = (view) => {
    define(view, view.state.selection.main.head);
    return true;
  };
  const names = completionsFrom(analysis, () => cell);
  return [
    // In the page, since a cell cuts off what hangs over its edge.
    tooltips({ parent: document.body }),
    // Ctrl with a click goes to a definition; Alt adds a caret.
    EditorView.clickAddsSelectionRange.of((event) => event.altKey),
    autocompletion({
      override: [(context) => (canEdit() ? names(context) : null)],
      activateOnTypingDelay: 0,
      updateSyncTime: 0,
      icons: false,
      addToOptions: [{ render: ({ type }) => mark(type ?? ""), position: 20 }],
    }),
    hoverTooltip(
      async (view, pos) => {
        // A tap is no hovering: it puts the caret, and nothing may lie over the text then.
        const word = matchMedia("(hover: none)").matches ? null : view.state.wordAt(pos);
        if (word === null) return null;
        const about = await analysis.explain({ cell, source: view.state.doc.toString(), offset: pos });
        const box = about === null ? null : explanationBox(about);
        return box === null ? null : { pos: word.from, end: word.to, above: true, create: () => ({ dom: box }) };
      },
      { hoverTime: HOVER_MS },
    ),
    signatures(analysis, cell),
    Prec.highest(
      keymap.of([
        { key: "Tab", run: completeOrIndent(canEdit), shift: explainHere(analysis, cell) },
        { key: "Escape", run: closeSignature },
        { key: "F12", run: toDefinition },
        { key: "F8", run: markCommand("next", say), shift: markCommand("previous", say) },
        { key: "Mod-.", run: markCommand("fix", say) },
      ]),
    ),
    EditorView.domEventHandlers({
      mousedown: (event, view) => {
        if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
        const pos = view.posAtCoords(event);
        if (pos === null || view.state.wordAt(pos) === null) return false;
        define(view, pos);
        return true;
      },
    }),
  ];
}

const markCommand =
  (what: "next" | "previous" | "fix", say: (text: string) => void): Command =>
  (view) => {
    void toMark(view, what, say);
    return true;
  };

/** Tab completes behind a word or a dot, takes the name that is chosen, and indents elsewhere. */
const completeOrIndent =
  (canEdit: () => boolean): Command =>
  (view) => {
    if (completionStatus(view.state) === "active") return acceptCompletion(view);
    const { main } = view.state.selection;
    const before = view.state.sliceDoc(Math.max(0, main.head - 1), main.head);
    return canEdit() && main.empty && /[\p{L}\p{N}_."']/u.test(before) && startCompletion(view);
  };

/** Shift+Tab tells about the call at the caret; at the start of a line it outdents, as ever. */
const explainHere =
  (analysis: Analysis, cell: string): Command =>
  (view) => {
    const { main } = view.state.selection;
    const line = view.state.doc.lineAt(main.head);
    if (!main.empty || line.text.slice(0, main.head - line.from).trim() === "") return false;
    void showSignature(view, analysis, cell);
    return true;
  };

const MARKS: Readonly<Record<string, string>> = {
  function: "f",
  class: "C",
  module: "M",
  keyword: "k",
  param: "=",
  property: "p",
  path: "/",
  column: "c",
  key: "c",
};

function mark(kind: string): HTMLElement {
  const box = document.createElement("span");
  box.className = "code-kind";
  box.dataset["kind"] = kind;
  box.textContent = MARKS[kind] ?? "v";
  box.setAttribute("aria-hidden", "true");
  return box;
}
