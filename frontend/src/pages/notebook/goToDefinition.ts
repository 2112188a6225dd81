import { t } from "@lingui/core/macro";
import { EditorView } from "@codemirror/view";
import type { Analysis, Place } from "../../analysis";
import { editCell, focusCell } from "../../cells/perform";
import { can } from "../../model/rights";
import { toast } from "../../ui/Toast";
import type { Schemas } from "../../wire/http";
import type { NotebookSession } from "./session";

/** From then on, somebody who waits is told so. */
const LONG_MS = 1000;

/** Look up where a name is defined and go there: into the cell, or to an excerpt of the package's source. */
export async function goToDefinition(session: NotebookSession, analysis: Analysis, place: Place): Promise<void> {
  const late = setTimeout(() => toast(t`Looking for the definition…`), LONG_MS);
  const found = await analysis.define(place).finally(() => clearTimeout(late));
  if (found?.known !== true) toast(t`The definition could not be looked up just now. Try again in a moment.`);
  else if (found.cell == null && found.module == null)
    toast(t`No definition was found: nothing here that can be read has one.`);
  else goTo(session, found);
}

function goTo(session: NotebookSession, definition: Schemas["Definition"]): void {
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
