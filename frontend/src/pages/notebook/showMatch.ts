/** How a finder shows its matches in the notebook: in the editors, and before the eyes. */

import { EditorView } from "@codemirror/view";
import type { Cells } from "../../cells/CellsContext";
import type { Editors } from "../../cells/editors";
import { focusCell, sectionOf } from "../../cells/perform";
import { activate, type CellsViewStore } from "../../cells/ui";
import { cellMap, cellsOf, headOf } from "../../model/cells";
import type { Readable } from "../../wire/store";
import { Finder, type FinderPage, type Match } from "../../find/finder";
import { setMarks } from "../../find/marks";
import { markText, rangeIn, textNodes } from "../../find/outputText";
import type { Span } from "../../find/pattern";

export function makeFinder(cells: Readable<Cells>, editors: Editors): Finder {
  let marked: ReadonlyMap<string, readonly Span[]> = new Map();
  let present: Match | null = null;
  const draw = (id: string, view: EditorView): void => {
    const now = present?.cell === id && present.where === "source" ? present : null;
    view.dispatch({ effects: setMarks.of({ spans: marked.get(id) ?? [], now }) });
  };
  editors.onBuilt((id, view) => {
    if (marked.has(id)) draw(id, view);
  });
  const mark: FinderPage["mark"] = (matches, now) => {
    const before = marked;
    marked = byCell(matches.filter((match) => match.where === "source"));
    present = now;
    for (const [id, view] of editors.built()) if (before.has(id) || marked.has(id)) draw(id, view);
    markText(
      matches.filter((match) => match.where === "output"),
      now?.where === "output" ? now : null,
    );
  };
  return new Finder({
    cells,
    mark,
    outputOf: (cell) => textNodes(cell).text,
    show: (match) => showMatch(cells.get(), match),
  });
}

function byCell(matches: readonly Match[]): ReadonlyMap<string, readonly Span[]> {
  const spans = new Map<string, Span[]>();
  for (const match of matches) {
    const list = spans.get(match.cell);
    if (list === undefined) spans.set(match.cell, [match]);
    else list.push(match);
  }
  return spans;
}

function showMatch(cells: Cells, match: Match): void {
  activate(cells.view, match.cell);
  if (match.where === "output") {
    sectionOf(match.cell)?.scrollIntoView({ block: "nearest" });
    const range = rangeIn(textNodes(match.cell), match);
    range?.startContainer.parentElement?.scrollIntoView({ block: "center", inline: "nearest" });
    return;
  }
  openText(cells, match.cell);
  const scroll = (): void => {
    const view = cells.editors.ensure(match.cell);
    if (view === null) sectionOf(match.cell)?.scrollIntoView({ block: "center" });
    else if (match.to <= view.state.doc.length)
      view.dispatch({ effects: EditorView.scrollIntoView(match.from, { y: "center" }) });
  };
  sectionOf(match.cell)?.scrollIntoView({ block: "nearest" });
  // Once more when what content-visibility skipped has its true height.
  requestAnimationFrame(() => {
    scroll();
    requestAnimationFrame(scroll);
  });
}

/** A match in a rendered text shows in its source, for those who may edit it. */
function openText(cells: Cells, id: string): void {
  const cell = cellMap(cellsOf(cells.doc), id);
  const isText = cell !== null && headOf(id, cell)?.type === "markdown";
  const editing = isText && cells.rights.get().has("EDIT") ? id : null;
  if (cells.view.getState().editing !== editing) cells.view.setState({ editing });
}

/** After the search: the hands go to the match, selected. */
export function takeUp(cells: Cells, match: Match | null): void {
  if (match === null || match.where === "output" || !cells.rights.get().has("EDIT")) {
    const { active } = cells.view.getState();
    const id = match?.cell ?? active;
    if (id !== null) focusCell(cells, id);
    return;
  }
  const view = cells.editors.ensure(match.cell);
  if (view === null || match.to > view.state.doc.length) {
    focusCell(cells, match.cell);
    return;
  }
  view.focus();
  view.dispatch({ selection: { anchor: match.from, head: match.to } });
}

/** What is selected in the editor that has the focus, if it is a part of one line. */
export function selectedText(view: CellsViewStore, editors: Editors): string {
  const { active } = view.getState();
  const editor = active === null ? null : editors.get(active);
  if (editor?.hasFocus !== true) return "";
  const { from, to } = editor.state.selection.main;
  const text = editor.state.sliceDoc(from, to);
  return text.includes("\n") ? "" : text;
}
