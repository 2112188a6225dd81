/** What every cell needs, in one object that changes only when the documents are replaced. */

import { createContext, useCallback, useContext, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { useStore } from "zustand";
import { cellMap, headOf, type CellHead } from "../model/cells";
import type { RuntimeIndex, SourceIndex } from "../model/index";
import { definitionText, readDefinition, type Control, type InputDefinition, type InputValue } from "../model/inputs";
import type { Rights } from "../model/rights";
import { queueOf, readRun, sameRun, type Run } from "../model/run";
import { sameSql, sqlOf, type SqlCell } from "../model/sql";
import { useObserved, useReadable } from "../model/use";
import type { Readable } from "../wire/store";
import * as Y from "yjs";
import type { CellActions, CellCopy } from "./actions";
import type { Clipping } from "./clipboard";
import type { Editors } from "./editors";
import type { LostText } from "./lostText";
import type { CellsView, CellsViewStore } from "./ui";
import type { NotebookUndo } from "./undo";

/** What the page does for cells: commands to the kernel, and messages. */
export interface CellCommands {
  run: (ids: readonly string[] | "all") => void;
  cancel: (id: string) => void;
  interrupt: () => void;
  restart: () => void;
  clear: (ids: readonly string[]) => void;
  saved: () => void;
  help: () => void;
  togglePanel: () => void;
  /** Open the bar that finds, with the text that is selected in the editor. */
  find: (replace: boolean) => void;
  palette: () => void;
  /** Show the deleted cells. */
  bin: () => void;
  /** Say something aloud to who hears the page. */
  say: (text: string) => void;
  /** Say something about a cell, or about the words that are selected in it. */
  comment: (id: string) => void;
  /** Copied cells as this notebook can take them: the pictures of their texts are in it. */
  adopt: (clipping: Clipping) => Promise<readonly CellCopy[]>;
  /** Put pictures into a text cell at a character. */
  pictures: (id: string, files: readonly File[], at: number) => void;
  /** Put the code of these cells into its usual form. */
  format: (ids: readonly string[] | "all") => void;
  deleted: (ids: readonly string[]) => void;
  /** Add an input below `after` (null: at the top) and ask what it is to be. */
  insertInput: (after: string | null, control: Control) => void;
  /** Ask what an input is to be, of a cell that is one or that a form can be made for. */
  defineInput: (id: string) => void;
  /** Somebody else deleted the cell in which this person was typing. */
  lostCell: (id: string) => void;
}

/** What other features draw inside a cell. */
export interface CellSlots {
  outputs: (id: string, label: string) => ReactNode;
  /** Who is in the cell, at the end of its foot. */
  people: (id: string) => ReactNode;
  /** Below the outputs: a question of the running code, the end of a kernel, refused text. */
  below: (id: string) => ReactNode;
  /** The form of an input cell. */
  input: (id: string, definition: InputDefinition, value: InputValue) => ReactNode;
  /** The kinds of input, as entries of a menu. */
  inputKinds: (onChoose: (control: Control) => void) => ReactNode;
  /** Above the text of a cell of SQL: what it asks, and what becomes of the answer. */
  sql: (id: string, sql: SqlCell) => ReactNode;
  /** The text of a text cell, rendered. */
  prose: (id: string, text: string) => ReactNode;
}

export interface Cells {
  readonly notebook: string;
  readonly doc: Y.Doc;
  readonly source: SourceIndex;
  readonly runtime: RuntimeIndex;
  readonly actions: CellActions;
  readonly undo: NotebookUndo;
  readonly editors: Editors;
  readonly view: CellsViewStore;
  readonly lostText: LostText;
  readonly rights: Readable<Rights>;
  /** Why nothing can be run just now, or null. */
  readonly runBlocked: Readable<string | null>;
  readonly commands: CellCommands;
  readonly slots: CellSlots;
}

export const CellsContext = createContext<Cells | null>(null);

export function useCells(): Cells {
  const cells = useContext(CellsContext);
  if (cells === null) throw new Error("Cells are drawn inside CellsContext only.");
  return cells;
}

export function useCan(capability: "COMMENT" | "EDIT" | "RUN"): boolean {
  return useReadable(useCells().rights, (rights) => rights.has(capability));
}

export function useView<T>(select: (view: CellsView) => T): T {
  return useStore(useCells().view, select);
}

export function useOrder(): readonly string[] {
  const { source } = useCells();
  return useSyncExternalStore(source.subscribeOrder, source.order);
}

const sameHead = (a: CellHead | null, b: CellHead | null): boolean =>
  a === b || (a !== null && b !== null && a.source === b.source && a.language === b.language);

/** A cell's type and text; null for one that is not there. */
export function useHead(id: string): CellHead | null {
  const { doc, source } = useCells();
  const subscribe = useCallback((listener: () => void) => source.subscribeCell(id, listener), [source, id]);
  const read = (): CellHead | null => {
    const cell = cellMap(doc.getMap("cells"), id);
    return cell === null ? null : headOf(id, cell);
  };
  return useObserved(subscribe, read, sameHead);
}

/** What a cell takes, if it is an input; null for any other. */
export function useInput(id: string): InputDefinition | null {
  const { doc, source } = useCells();
  const subscribe = useCallback((listener: () => void) => source.subscribeCell(id, listener), [source, id]);
  const json = useObserved(subscribe, () => {
    const cell = cellMap(doc.getMap("cells"), id);
    return cell !== null && cell.get("type") === "code" ? definitionText(cell) : "";
  });
  return useMemo(() => readDefinition(json), [json]);
}

/** What a cell of SQL asks; null for any other cell. */
export function useSql(id: string): SqlCell | null {
  const { doc, source } = useCells();
  const subscribe = useCallback((listener: () => void) => source.subscribeCell(id, listener), [source, id]);
  const read = (): SqlCell | null => {
    const cell = cellMap(doc.getMap("cells"), id);
    return cell === null ? null : sqlOf(cell);
  };
  return useObserved(subscribe, read, sameSql);
}

export function useRun(id: string): Run | null {
  const { runtime } = useCells();
  const subscribe = useCallback((listener: () => void) => runtime.subscribeRun(id, listener), [runtime, id]);
  const read = (): Run | null => {
    const entry = runtime.cells.get(id);
    return readRun(entry instanceof Y.Map ? (entry as Y.Map<unknown>) : null, queueOf(runtime.queue), id);
  };
  return useObserved(subscribe, read, sameRun);
}
