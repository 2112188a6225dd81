/** The editor of a text file: that of cells, with line numbers, a search panel, and the whole window. */

import { defaultKeymap } from "@codemirror/commands";
import { gotoLine, highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { t } from "@lingui/core/macro";
import type * as Y from "yjs";
import { closing } from "../../cells/closing";
import { keySet, shared, writable, writableAs } from "../../cells/extensions";
import { peerCarets } from "../../presence/cursors";
import { isProse, languageFor } from "./languages";

export const wrapping = new Compartment();

const language = new Compartment();
const label = new Compartment();

export interface TextSetup {
  readonly name: string;
  readonly text: Y.Text;
  readonly undo: Y.UndoManager;
  readonly canEdit: boolean;
  readonly wrap: boolean;
  readonly keys: Extension;
  readonly more: Extension;
}

export function buildEditor(setup: TextSetup, parent: HTMLElement): EditorView {
  const { name, text, undo, canEdit, keys, more } = setup;
  const state = EditorState.create({
    doc: text.toJSON(),
    extensions: [
      keySet.of(keys),
      Prec.high(
        keymap.of([
          // Tab indents, so the keyboard needs another way out.
          { key: "Escape", run: leave },
          { key: "Mod-g", run: gotoLine, preventDefault: true },
        ]),
      ),
      shared(text, undo),
      closing,
      keymap.of([...searchKeymap, ...defaultKeymap]),
      writable.of(writableAs(canEdit)),
      wrapping.of(wrappingAs(name, setup.wrap)),
      language.of([]),
      lineNumbers(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      search({ top: true }),
      EditorState.phrases.of(phrases()),
      label.of(labelled(name)),
      EditorView.contentAttributes.of({
        spellcheck: "false",
        // Who may only read scrolls by the keyboard too.
        tabindex: "0",
      }),
      peerCarets,
      more,
    ],
  });
  const view = new EditorView({ state, parent });
  speak(view, name);
  return view;
}

/** The file has another name, and perhaps another language. */
export function rename(view: EditorView, name: string): void {
  view.dispatch({ effects: label.reconfigure(labelled(name)) });
  speak(view, name);
}

function speak(view: EditorView, name: string): void {
  void languageFor(name).then((found) => {
    if (view.dom.isConnected) view.dispatch({ effects: language.reconfigure(found ?? []) });
  });
}

const labelled = (name: string): Extension => EditorView.contentAttributes.of({ "aria-label": t`Text of ${name}` });

export const wrappingAs = (name: string, wrap: boolean): Extension =>
  wrap || isProse(name) ? EditorView.lineWrapping : [];

/** Put the caret on a line, from 1, and show it. */
export function goToLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
}

function leave(view: EditorView): boolean {
  if (view.state.selection.ranges.length > 1) return false;
  if (
    view.dom.querySelector(".cm-panel") !== null &&
    view.dom.querySelector(".cm-panel")?.contains(document.activeElement) === true
  )
    return false;
  document.getElementById("text-main")?.focus();
  return true;
}

/** What CodeMirror's panels say. */
const phrases = (): Record<string, string> => ({
  Find: t`Find`,
  Replace: t`Replace`,
  next: t`next`,
  previous: t`previous`,
  all: t`all`,
  "match case": t`match case`,
  "by word": t`by word`,
  regexp: t`regular expression`,
  replace: t`replace`,
  "replace all": t`replace all`,
  close: t`close`,
  "Go to line": t`Go to line`,
  go: t`go`,
});
