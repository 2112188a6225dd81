/**
 * One undo history for the notebook, of this person's edits alone. A step never spans two cells, a run or a
 * structural change; taking one back shows the cell that it changed.
 */

import { YSyncConfig } from "y-codemirror.next";
import * as Y from "yjs";
import { cellsOf } from "../model/cells";
import { touchedCells } from "../wire/touched";

/** The origin of this person's structural edits. Editors bring their own. */
export const LOCAL = "local";

/** The origin of a local edit that undo does not take back. */
export const LOCAL_UNDOABLE_BY_NOBODY = "local-setup";

const CAPTURE_MS = 400;

export class NotebookUndo {
  readonly manager: Y.UndoManager;
  readonly #doc: Y.Doc;
  #lastTarget: unknown = null;

  /** `onPopped` hears which cells an undo or redo changed. */
  constructor(doc: Y.Doc, onPopped: (cells: ReadonlySet<string>) => void) {
    this.#doc = doc;
    this.manager = new Y.UndoManager(cellsOf(doc), { captureTimeout: CAPTURE_MS, trackedOrigins: new Set([LOCAL]) });
    doc.on("beforeTransaction", this.#separate);
    this.manager.on("stack-item-popped", (event) => onPopped(touchedCells(doc, event.changedParentTypes)));
  }

  /** Make a structural edit: always a step of its own. */
  structural<T>(edit: () => T): T {
    this.manager.stopCapturing();
    const result = this.#doc.transact(edit, LOCAL);
    this.manager.stopCapturing();
    return result;
  }

  /** The next edit begins a new step: the cell was left, or run. */
  separate(): void {
    this.manager.stopCapturing();
  }

  undo(): boolean {
    return this.manager.undo() !== null;
  }

  redo(): boolean {
    return this.manager.redo() !== null;
  }

  destroy(): void {
    this.#doc.off("beforeTransaction", this.#separate);
    this.manager.destroy();
  }

  /** Typing in another text than before begins a new step, however fast it follows. */
  readonly #separate = (transaction: Y.Transaction): void => {
    const { origin } = transaction as { origin: unknown };
    if (!(origin instanceof YSyncConfig)) return;
    if (this.#lastTarget !== null && origin.ytext !== this.#lastTarget) this.manager.stopCapturing();
    this.#lastTarget = origin.ytext;
  };
}
