/** Carries out what a key means. The only place where keys meet the document, the focus and the kernel. */

import { plural, t } from "@lingui/core/macro";
import type { EditorView } from "@codemirror/view";
import { flushSync } from "react-dom";
import { fetchCode } from "../ui/code/fetchCode";
import { outOfReach } from "../ui/onDemand";
import { toastError } from "../ui/Toast";
import type { Cells } from "./CellsContext";
import { headOf, cellMap } from "../model/cells";
import { clipboard, copyCells, type Clipping } from "./clipboard";
import { keepsEscape } from "./keymaps";
import type { KeyCommand } from "./keys";
import { foldAll, foldSections, reveal, toggleFolds } from "./folds";
import { activate, extendTo } from "./ui";

const SCROLL_SHARE = 0.8;

export const sectionOf = (id: string): HTMLElement | null => document.getElementById(`cell-${id}`);

/** Put the focus on a cell as a whole (command mode) and bring it into sight. */
export function focusCell(cells: Cells, id: string): void {
  bringBack(cells, id);
  activate(cells.view, id);
  const section = sectionOf(id);
  section?.focus({ preventScroll: true });
  section?.scrollIntoView({ block: "nearest" });
}

/** Select all cells from where the selection began to this one, which gets the focus. */
export function extendSelection({ source, view }: Cells, id: string): void {
  const { active, anchor } = view.getState();
  sectionOf(id)?.focus({ preventScroll: true });
  view.setState({ anchor: anchor ?? active });
  extendTo(view, source.order(), id);
}

/** Put the caret into a cell, or the focus into its form; on one that cannot be edited, the focus. */
export function editCell(cells: Cells, id: string, at: "start" | "end" | "same"): void {
  const form = document.getElementById(`input-${id}`);
  if (form !== null) {
    activate(cells.view, id);
    form.focus();
    return;
  }
  if (!cells.rights.get().has("EDIT")) {
    focusCell(cells, id);
    return;
  }
  bringBack(cells, id);
  if (cells.view.getState().foldedCode.has(id)) toggleFolds(cells.view, "foldedCode", [id]);
  activate(cells.view, id);
  if (typeOf(cells, id) === "markdown") cells.view.setState({ editing: id });
  if (cells.editors.focus(id, at) === null) afterDrawing(() => cells.editors.focus(id, at));
}

/** Unfold the sections that hide a cell, and draw it. */
export function bringBack(cells: Cells, id: string): void {
  if (!cells.view.getState().hidden.has(id)) return;
  reveal(cells, id);
  flushSync(() => undefined);
  sectionOf(id)?.removeAttribute("hidden");
}

/** Put the caret into a cell that was just made. */
export function editNew(cells: Cells, id: string, at: "start" | "end"): void {
  afterDrawing(() => editCell(cells, id, at));
}

/** Let React draw what was just changed, and go on at once: a key press in between would go to the old place. */
function afterDrawing(then: () => void): void {
  flushSync(() => undefined);
  then();
}

function typeOf(cells: Cells, id: string): string | null {
  const cell = cellMap(cells.doc.getMap("cells"), id);
  return cell === null ? null : (headOf(id, cell)?.type ?? null);
}

/** The cells that a command is about, in order. */
function chosenIn({ source, view }: Cells): string[] {
  const { active, selected } = view.getState();
  const order = source.order();
  const chosen = order.filter((id) => selected.has(id));
  return chosen.length === 0 && active !== null && order.includes(active) ? [active] : chosen;
}

/** The chosen cells, to be copied; with `cut` they are gone from here. */
export function clip(cells: Cells, how: "copy" | "cut"): Clipping {
  const { actions, commands, notebook } = cells;
  const chosen = chosenIn(cells);
  const copies = actions.copies(chosen);
  if (how === "cut") {
    actions.delete(chosen);
    focusActive(cells);
  }
  if (copies.length > 0)
    commands.say(
      how === "cut"
        ? plural(copies.length, { one: "Cell cut", other: "# cells cut" })
        : plural(copies.length, { one: "Cell copied", other: "# cells copied" }),
    );
  return { notebook, cells: copies };
}

/** Put copied cells below the chosen ones. */
export async function paste(cells: Cells, clipping: Clipping): Promise<void> {
  const after = chosenIn(cells).at(-1) ?? null;
  const last = cells.actions.paste(await cells.commands.adopt(clipping), after).at(-1);
  if (last !== undefined) afterDrawing(() => focusCell(cells, last));
}

async function pasteCopied(cells: Cells): Promise<void> {
  const clipping = await clipboard.get();
  if (clipping !== null) await paste(cells, clipping);
}

/** Do what a key means; says whether it was taken. */
export function perform(cells: Cells, command: KeyCommand): boolean {
  const { actions, commands, source, undo, view } = cells;
  const order = source.order();
  const state = view.getState();
  const active = state.active !== null && order.includes(state.active) ? state.active : null;
  const chosen = chosenIn(cells);
  const canEdit = cells.rights.get().has("EDIT");
  const canRun = cells.rights.get().has("RUN");
  const at = active === null ? -1 : order.indexOf(active);
  const shown = order.filter((id) => !state.hidden.has(id) || id === active);
  const neighbour = (step: number): string | undefined => {
    const from = active === null ? -1 : shown.indexOf(active);
    return shown[Math.max(0, Math.min(shown.length - 1, from + step))];
  };
  const edits = (edit: () => void): boolean => {
    if (canEdit) edit();
    return canEdit;
  };
  const runs = (run: () => void): boolean => {
    if (canRun) run();
    return canRun;
  };

  switch (command) {
    case "up":
    case "down": {
      const next = neighbour(command === "up" ? -1 : 1);
      if (next !== undefined) focusCell(cells, next);
      return true;
    }
    case "first":
    case "last": {
      const next = command === "first" ? shown[0] : shown.at(-1);
      if (next !== undefined) focusCell(cells, next);
      return true;
    }
    case "extend-up":
    case "extend-down": {
      const next = neighbour(command === "extend-up" ? -1 : 1);
      if (next === undefined) return false;
      extendSelection(cells, next);
      sectionOf(next)?.scrollIntoView({ block: "nearest" });
      return true;
    }
    case "select-all": {
      const [first] = order;
      const last = order.at(-1);
      if (first === undefined || last === undefined) return false;
      view.setState({ anchor: first });
      extendTo(view, order, last);
      return true;
    }
    case "edit":
      if (active !== null) editCell(cells, active, "same");
      return true;
    case "leave":
      // The first Escape closes what hangs over the editor.
      if (document.querySelector(".cm-tooltip-autocomplete, .code-signature") !== null) return false;
      if (editorKeepsEscape(cells, active)) return false;
      undo.separate();
      if (active !== null) focusCell(cells, active);
      return true;
    case "insert-above":
    case "insert-below":
      return edits(() => {
        const after = command === "insert-below" ? (active ?? order.at(-1) ?? null) : (order[at - 1] ?? null);
        const id = actions.insert(after, "code");
        afterDrawing(() => focusCell(cells, id));
      });
    case "delete":
      return edits(() => {
        if (chosen.length === 0) return;
        actions.delete(chosen);
        commands.deleted(chosen);
        focusActive(cells);
      });
    case "copy":
    case "cut":
      if (command === "cut" && !canEdit) return false;
      copyCells(clip(cells, command));
      return true;
    case "paste":
      return edits(() => void pasteCopied(cells));
    case "comment":
      if (active === null || !cells.rights.get().has("COMMENT")) return false;
      commands.comment(active);
      return true;
    case "undo":
      return edits(() => undo.undo());
    case "redo":
      return edits(() => undo.redo());
    case "to-markdown":
      return edits(() => actions.setType(chosen, "markdown"));
    case "to-code":
      return edits(() => actions.setType(chosen, "code"));
    case "insert-sql":
      return edits(() => editNew(cells, actions.insertSql(active ?? order.at(-1) ?? null, null), "start"));
    case "to-sql":
      return edits(() => actions.makeSql(chosen));
    case "to-raw":
      return edits(() => actions.setType(chosen, "raw"));
    case "move-up":
    case "move-down":
      return edits(() => {
        if (!actions.move(chosen, command === "move-up" ? -1 : 1) || active === null) return;
        const moved = active;
        requestAnimationFrame(() => {
          // A moved section may have lost the focus on its way through the DOM.
          const section = sectionOf(moved);
          if (section !== null && !section.contains(document.activeElement)) section.focus({ preventScroll: true });
          section?.scrollIntoView({ block: "nearest" });
          const now = source.order();
          commands.say(t`Moved to place ${now.indexOf(moved) + 1} of ${now.length}`);
        });
      });
    case "merge":
      return edits(() => {
        const below = neighbour(1);
        const parts = chosen.length > 1 || below === undefined ? chosen : [...chosen, below];
        actions.merge(parts);
        const [first] = parts;
        if (first !== undefined) afterDrawing(() => focusCell(cells, first));
      });
    case "split":
      return edits(() => {
        const editor = active === null ? null : cells.editors.get(active);
        if (active === null || editor === null) return;
        const second = actions.split(active, editor.state.selection.main.head);
        if (second !== null) editNew(cells, second, "start");
      });
    case "fold-output":
      toggleFolds(view, "folded", chosen);
      return true;
    case "fold-code":
      toggleFolds(
        view,
        "foldedCode",
        chosen.filter((id) => typeOf(cells, id) === "code"),
      );
      return true;
    case "fold-section":
      toggleFolds(view, "foldedSections", chosen.filter((id) => typeOf(cells, id) === "markdown").slice(0, 1));
      return true;
    case "fold-sections":
      foldSections(cells);
      return true;
    case "fold-all":
    case "unfold-all":
      foldAll(cells, command === "fold-all");
      return true;
    case "go-to-line": {
      if (active === null) return false;
      editCell(cells, active, "same");
      const editor = cells.editors.get(active);
      if (editor !== null) void goToLineIn(editor);
      return true;
    }
    case "bin":
      return edits(commands.bin);
    case "interrupt":
      return runs(commands.interrupt);
    case "restart":
      return runs(commands.restart);
    case "scroll-down":
    case "scroll-up": {
      const scroller = document.getElementById("scroll");
      scroller?.scrollBy({ top: scroller.clientHeight * SCROLL_SHARE * (command === "scroll-down" ? 1 : -1) });
      return true;
    }
    case "run-stay":
    case "run-advance":
    case "run-insert": {
      if (chosen.length === 0) return false;
      undo.separate();
      const code = chosen.filter((id) => typeOf(cells, id) === "code");
      if (canRun && code.length > 0) commands.run(code);
      view.setState({ editing: null });
      advance(cells, command, order, chosen.at(-1) ?? "", canEdit);
      return true;
    }
    case "save":
      commands.saved();
      return true;
    case "help":
      commands.help();
      return true;
    case "panel":
      commands.togglePanel();
      return true;
    case "find":
      commands.find(false);
      return true;
    case "replace":
      return edits(() => commands.find(true));
    case "palette":
      commands.palette();
      return true;
    case "format":
      return edits(() => commands.format(chosen));
    case "format-all":
      return edits(() => commands.format("all"));
  }
}

async function goToLineIn(editor: EditorView): Promise<void> {
  try {
    const { gotoLine } = await fetchCode(() => import("@codemirror/search"));
    gotoLine(editor);
  } catch {
    toastError(outOfReach());
  }
}

function editorKeepsEscape(cells: Cells, active: string | null): boolean {
  const editor = active === null ? null : cells.editors.get(active);
  return editor !== null && keepsEscape(editor);
}

/** Where the focus goes after a run key. */
function advance(
  cells: Cells,
  command: "run-stay" | "run-advance" | "run-insert",
  order: readonly string[],
  last: string,
  canEdit: boolean,
): void {
  const { hidden } = cells.view.getState();
  const following = order.slice(order.indexOf(last) + 1).find((id) => !hidden.has(id));
  if (command === "run-stay") {
    focusCell(cells, last);
  } else if (command === "run-insert" && canEdit) {
    editNew(cells, cells.actions.insert(last, "code"), "start");
  } else if (following === undefined && canEdit) {
    editNew(cells, cells.actions.insert(last, "code"), "start");
  } else {
    focusCell(cells, following ?? last);
  }
}

/** After the active cell is gone, the focus goes to the one that took its place. */
function focusActive(cells: Cells): void {
  afterDrawing(() => {
    const { active } = cells.view.getState();
    if (active !== null) focusCell(cells, active);
  });
}
