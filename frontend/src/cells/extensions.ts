/** The editor of a cell: CodeMirror as the page wants it. What changes while it lives stands in compartments. */

import { t } from "@lingui/core/macro";
import { defaultKeymap, indentLess, indentMore } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder, type Command } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type * as Y from "yjs";
import type { Language } from "../model/cells";
import { fetchCode } from "../ui/code/fetchCode";
import { codeClasses } from "./highlight";
import { sqlLanguage, sqlValues, type Dialect } from "./sql";
import type { Schema } from "./sqlCompletion";

const INDENT = 4;

export const writable = new Compartment();
export const display = new Compartment();
export const keySet = new Compartment();
const language = new Compartment();

export const writableAs = (canEdit: boolean): Extension => [
  EditorState.readOnly.of(!canEdit),
  EditorView.editable.of(canEdit),
  canEdit ? EditorView.contentAttributes.of({ tabindex: "0" }) : [],
];

/** How code is laid out. `code-static` in cells.css does the same before the editor is there. */
export const displayAs = (look: { readonly line_numbers: boolean; readonly wrap: boolean }): Extension => [
  look.line_numbers ? lineNumbers() : [],
  look.wrap ? EditorView.lineWrapping : [],
];

/** Leaving an editor by an arrow key at its first or last line. */
export interface Neighbours {
  leave: (direction: -1 | 1) => boolean;
}

export interface EditorSetup {
  readonly text: Y.Text;
  readonly language: Language;
  readonly undo: Y.UndoManager;
  readonly canEdit: boolean;
  readonly neighbours: Neighbours;
  readonly look: { readonly display: Extension; readonly keys: Extension };
  readonly more: Extension;
}

export const codeTheme = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--fg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-code)",
    fontSize: "var(--code-size)",
    lineHeight: "var(--code-line)",
    overflowX: "auto",
  },
  ".cm-content": { padding: "10px 0", caretColor: "var(--accent)", minHeight: "40px", fontVariantLigatures: "none" },
  ".cm-line": { padding: "0 14px" },
  ".cm-gutters": { backgroundColor: "transparent", border: "0", color: "var(--fg3)", fontSize: "12px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "38px", padding: "0 4px 0 6px" },
  ".cm-placeholder": { color: "var(--fg3)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--sel)", color: "inherit" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--err-bg)", color: "var(--err)" },
});

export function editorState(setup: EditorSetup): EditorState {
  const { text, language: written, undo, canEdit, neighbours, look, more } = setup;
  const isCode = written === "code" || written === "sql";
  const extensions: Extension[] = [
    // First, for they decide what a key means.
    keySet.of(look.keys),
    Prec.high(keymap.of(arrows(neighbours))),
    shared(text, undo),
    keymap.of(ownDefaults),
    writable.of(writableAs(canEdit)),
    language.of(languageOf(written)),
    EditorView.contentAttributes.of({
      "aria-label": written === "sql" ? "SQL" : isCode ? t`Code` : t`Text`,
      spellcheck: isCode ? "false" : "true",
    }),
    more,
  ];
  if (written === "sql") extensions.push(sqlValues, placeholder("SELECT … FROM …"));
  if (isCode) extensions.push(display.of(look.display));
  else
    extensions.push(
      EditorView.lineWrapping,
      placeholder(written === "markdown" ? t`Write text in Markdown…` : t`Raw text`),
    );
  return EditorState.create({ doc: text.toJSON(), extensions });
}

/** What every editor of a shared text has: indenting, colours, and this person's own undo. */
export const shared = (text: Y.Text, undo: Y.UndoManager): Extension => [
  Prec.high(keymap.of([{ key: "Tab", run: indent, shift: indentLess }])),
  keymap.of(yUndoManagerKeymap),
  syntaxHighlighting(codeClasses),
  indentUnit.of(" ".repeat(INDENT)),
  EditorState.tabSize.of(INDENT),
  EditorState.allowMultipleSelections.of(true),
  bracketMatching(),
  indentOnInput(),
  codeTheme,
  EditorView.contentAttributes.of({ "aria-description": t`Press Escape to leave the editor, Tab to indent.` }),
  yCollab(text, null, { undoManager: undo }),
];

/** The notebook's own keys win: these would act on them too. */
const TAKEN = new Set(["Mod-Enter", "Shift-Mod-k", "Mod-Alt-\\", "Escape"]);
const ownDefaults = defaultKeymap.filter((binding) => binding.key === undefined || !TAKEN.has(binding.key));

export const python = new LanguageSupport(pythonLanguage);

function languageOf(written: Language): Extension {
  return written === "code" ? python : [];
}

/** SQL in a dialect, with the tables and columns that completion knows. */
export async function loadSql(view: EditorView, dialect: Dialect, schema: Schema): Promise<void> {
  const support = await sqlLanguage(dialect, schema);
  view.dispatch({ effects: language.reconfigure(support) });
}

/** Markdown's parser is large, so it comes when a text cell is first edited. */
export async function loadMarkdown(view: EditorView): Promise<void> {
  const { markdown } = await fetchCode(() => import("@codemirror/lang-markdown"));
  view.dispatch({ effects: language.reconfigure(markdown()) });
}

export const indent: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  if (!state.selection.main.empty) return indentMore(view);
  const column = state.selection.main.head - state.doc.lineAt(state.selection.main.head).from;
  view.dispatch(state.replaceSelection(" ".repeat(INDENT - (column % INDENT))), {
    userEvent: "input.indent",
    scrollIntoView: true,
  });
  return true;
};

function arrows(neighbours: Neighbours): { key: string; run: Command }[] {
  const leaveAt =
    (direction: -1 | 1): Command =>
    ({ state }) => {
      const { main } = state.selection;
      if (!main.empty || state.selection.ranges.length > 1) return false;
      const line = state.doc.lineAt(main.head).number;
      const atEdge = direction < 0 ? line === 1 : line === state.doc.lines;
      return atEdge && neighbours.leave(direction);
    };
  return [
    { key: "ArrowUp", run: leaveAt(-1) },
    { key: "ArrowDown", run: leaveAt(1) },
  ];
}
