import { EditorView } from "@codemirror/view";
import { editCell, focusCell } from "../../cells/perform";
import { can } from "../../model/rights";
import type { Schemas } from "../../wire/http";
import type { NotebookSession } from "./session";

/** Go to where a name is defined: into the cell, or to an excerpt of the package's source. */
export function goToDefinition(session: NotebookSession, definition: Schemas["Definition"]): void {
  const { cell, line, column = 0, module, excerpt = "", first = 1 } = definition;
  if (cell == null || line == null) {
    session.definition.set(module == null ? null : { module, excerpt, first, line: line ?? first });
    return;
  }
  const cells = session.cells.get();
  const view = session.editors.ensure(cell);
  if (view === null || line > view.state.doc.lines) return;
  const at = Math.min(view.state.doc.line(line).from + column, view.state.doc.length);
  if (can(session.rights.get(), "EDIT")) editCell(cells, cell, "same");
  else focusCell(cells, cell);
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
}
