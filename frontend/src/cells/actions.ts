/** What a person does to the cells as a whole: add, remove, move, copy, split, join. Each is one undo step. */

import * as Y from "yjs";
import {
  ATTACHMENTS,
  attachmentsIn,
  cellMap,
  cellsOf,
  gapAfter,
  headOf,
  orderOf,
  posOf,
  type CellType,
} from "../model/cells";
import { newId } from "../model/ids";
import {
  assigned,
  assignment,
  carriedOver,
  definedIn,
  definitionText,
  META_KEY,
  readDefinition,
  type InputDefinition,
  type InputValue,
} from "../model/inputs";
import { freeResult, KIND_META, resultsIn, sqlOf, USUAL_ROWS, writtenSql, type SqlCell } from "../model/sql";
import { placeBetween, placesBetween } from "../model/positions";
import { LOCAL_UNDOABLE_BY_NOBODY, type NotebookUndo } from "./undo";

/** A cell as it lies in the clipboard. */
export interface CellCopy {
  readonly type: CellType;
  readonly source: string;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Pictures that came with its text from another program: name to MIME to base64. */
  readonly attachments?: Readonly<Record<string, unknown>>;
}

export class CellActions {
  readonly #doc: Y.Doc;
  readonly #undo: NotebookUndo;

  constructor(doc: Y.Doc, undo: NotebookUndo) {
    this.#doc = doc;
    this.#undo = undo;
  }

  /** Add a cell below `after` (null: at the top) and return its id. */
  insert(after: string | null, type: CellType, source = ""): string {
    return this.paste([{ type, source, meta: {} }], after)[0] ?? "";
  }

  /**
   * Add copies below `after` and return their ids.
   *
   * They are born in the bin and taken out in the step that undo knows, so that undo and redo set and remove a mark
   * and no key of the map is ever removed or assigned again.
   */
  paste(copies: readonly CellCopy[], after: string | null): string[] {
    return this.#add(copies, after, () => undefined);
  }

  /** Add copies and do `also`, all in one step of undo. */
  #add(copies: readonly CellCopy[], after: string | null, also: () => void): string[] {
    const cells = cellsOf(this.#doc);
    const [low, high] = gapAfter(cells, after);
    const places = placesBetween(low, high, copies.length, Math.random);
    const now = Date.now();
    const ids: string[] = [];
    this.#doc.transact(() => {
      copies.forEach((copy, index) => {
        const id = newId(now, (bytes) => crypto.getRandomValues(bytes));
        const cell = new Y.Map<unknown>();
        const meta = new Y.Map<unknown>(Object.entries(copy.meta));
        cell.set("type", copy.type);
        cell.set("pos", places[index] ?? placeBetween(low, high, Math.random));
        cell.set("source", new Y.Text(copy.source));
        cell.set("meta", meta);
        cell.set("deleted", now);
        cells.set(id, cell);
        ids.push(id);
      });
    }, LOCAL_UNDOABLE_BY_NOBODY);
    this.#undo.structural(() => {
      also();
      for (const id of ids) cellMap(cells, id)?.delete("deleted");
    });
    return ids;
  }

  copies(ids: readonly string[]): CellCopy[] {
    const cells = cellsOf(this.#doc);
    return ids.flatMap((id) => {
      const cell = cellMap(cells, id);
      const head = cell === null ? null : headOf(id, cell);
      if (cell === null || head === null) return [];
      const meta = cell.get("meta");
      return [
        {
          type: head.type,
          source: head.source.toJSON(),
          meta: meta instanceof Y.Map ? meta.toJSON() : {},
        },
      ];
    });
  }

  delete(ids: readonly string[]): void {
    const now = Date.now();
    this.#each(ids, (cell) => cell.set("deleted", now));
  }

  restore(ids: readonly string[]): void {
    this.#each(ids, (cell) => cell.delete("deleted"));
  }

  duplicate(ids: readonly string[]): string[] {
    return this.paste(this.copies(ids), ids.at(-1) ?? null);
  }

  /** Make cells what they are named; one of SQL is Python afterwards, and keeps its text. */
  setType(ids: readonly string[], type: CellType): void {
    this.#each(ids, (cell) => {
      if (sqlOf(cell) !== null) putSql(cell, null);
      if (cell.get("type") !== type) cell.set("type", type);
    });
  }

  /** Add a cell of SQL below `after` (null: at the top) and return its id. */
  insertSql(after: string | null, connection: string | null): string {
    const result = freeResult(resultsIn(cellsOf(this.#doc)));
    const meta = { [KIND_META]: writtenSql(null, { connection, result, rows: USUAL_ROWS }) };
    return this.paste([{ type: "code", source: "", meta }], after)[0] ?? "";
  }

  /** Make cells SQL over the tables in the kernel; those that are SQL already stay as they are. */
  makeSql(ids: readonly string[]): void {
    const taken = resultsIn(cellsOf(this.#doc));
    this.#each(ids, (cell) => {
      if (sqlOf(cell) !== null) return;
      const result = freeResult(taken);
      taken.add(result);
      if (cell.get("type") !== "code") cell.set("type", "code");
      putSql(cell, { connection: null, result, rows: USUAL_ROWS });
    });
  }

  /** Change what a cell of SQL asks. */
  setSql(id: string, change: Partial<SqlCell>): void {
    this.#each([id], (cell) => {
      const before = sqlOf(cell);
      if (before !== null) putSql(cell, { ...before, ...change });
    });
  }

  /** Set one entry of a cell's metadata, or with `id` null of the notebook's; null removes it. */
  setMeta(id: string | null, key: string, value: string | null): void {
    const put = (meta: unknown): void => {
      if (!(meta instanceof Y.Map)) return;
      if (value === null) meta.delete(key);
      else meta.set(key, value);
    };
    if (id === null) this.#doc.transact(() => put(this.#doc.getMap("meta")), LOCAL_UNDOABLE_BY_NOBODY);
    else this.#each([id], (cell) => put(cell.get("meta")));
  }

  /** Tick or clear the box of a task list in a line, which counts from 0; nothing where the line is another by now. */
  tick(id: string, line: number, isDone: boolean): void {
    const cell = cellMap(cellsOf(this.#doc), id);
    const source = cell === null ? undefined : headOf(id, cell)?.source;
    const lines = source?.toJSON().split("\n") ?? [];
    const mark = /^[\s>]*(?:[-*+]|\d+[.)])\s+\[(?=[ xX]\]\s)/.exec(lines[line] ?? "");
    if (source === undefined || mark === null) return;
    const at = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, mark[0].length);
    this.#undo.structural(() => {
      source.delete(at, 1);
      source.insert(at, isDone ? "x" : " ");
    });
  }

  /** Put a picture into a text cell at a character: its name into the text, what it is into the attachments. */
  addPicture(id: string, at: number, name: string, picture: { mime: string; sha256: string; size: number }): void {
    const cell = cellMap(cellsOf(this.#doc), id);
    const source = cell === null ? undefined : headOf(id, cell)?.source;
    const meta = cell?.get("meta");
    if (cell === null || source === undefined) return;
    const attachments = attachmentsIn(cell);
    const known = Object.keys(attachments);
    const unused = freeName(name, (each) => known.includes(each));
    const { mime, ...blob } = picture;
    const text = JSON.stringify({ ...attachments, [unused]: { [mime]: blob } });
    this.#undo.structural(() => {
      if (meta instanceof Y.Map) meta.set(ATTACHMENTS, text);
      else cell.set("meta", new Y.Map([[ATTACHMENTS, text]]));
      source.insert(Math.min(at, source.length), `![${unused}](attachment:${unused})`);
    });
  }

  /** Add an input below `after` (null: at the top) and return its id. */
  insertInput(after: string | null, definition: InputDefinition): string {
    const source = textOf(definition, null, today());
    const meta = { [META_KEY]: definedIn("", definition) };
    return this.paste([{ type: "code", source, meta }], after)[0] ?? "";
  }

  /** Make a cell an input, or with null plain code again. Its text keeps the value where that still fits. */
  define(id: string, definition: InputDefinition | null): void {
    const before = definitionText(cellMap(cellsOf(this.#doc), id));
    const json = definedIn(before, definition);
    this.#each([id], (cell) => {
      const meta = cell.get("meta");
      if (!(meta instanceof Y.Map)) return;
      if (json === null) meta.delete(META_KEY);
      else meta.set(META_KEY, json);
      if (definition !== null) setText(cell, textOf(definition, valueBefore(cell, before), today()));
    });
  }

  /** Set the value of an input; null is the one that it begins with. */
  setValue(id: string, definition: InputDefinition, value: InputValue | null): void {
    this.#each([id], (cell) =>
      setText(cell, value === null ? textOf(definition, null, today()) : assignment(definition, value)),
    );
  }

  /** Move neighbours one place up or down; says whether there was room. */
  move(ids: readonly string[], direction: -1 | 1): boolean {
    const cells = cellsOf(this.#doc);
    const order = orderOf(cells);
    const indexes = ids.map((id) => order.indexOf(id)).filter((index) => index >= 0);
    const edge = direction < 0 ? Math.min(...indexes) - 1 : Math.max(...indexes) + 1;
    if (indexes.length === 0 || edge < 0 || edge >= order.length) return false;
    const after = direction < 0 ? (order[edge - 1] ?? null) : (order[edge] ?? null);
    const moved = new Set(ids);
    const [low, high] = gapAfter(cells, after, moved);
    const places = placesBetween(low, high, ids.length, Math.random);
    this.#undo.structural(() => ids.forEach((id, index) => cellMap(cells, id)?.set("pos", places[index] ?? "")));
    return true;
  }

  /** Put cells below `after` (null: at the top), in this order. */
  place(ids: readonly string[], after: string | null): void {
    const cells = cellsOf(this.#doc);
    const [low, high] = gapAfter(cells, after, new Set(ids));
    const places = placesBetween(low, high, ids.length, Math.random);
    this.#undo.structural(() => ids.forEach((id, index) => cellMap(cells, id)?.set("pos", places[index] ?? "")));
  }

  /** Cut a cell in two at a character; returns the id of the second half. */
  split(id: string, at: number): string | null {
    const cell = cellMap(cellsOf(this.#doc), id);
    const head = cell === null ? null : headOf(id, cell);
    if (head === null) return null;
    const text = head.source.toJSON();
    // Empty lines around the cut belong to neither half.
    const end = text.slice(0, at).replace(/\n+$/, "").length;
    const second = text.slice(at).replace(/^\n+/, "");
    const cut = (): void => head.source.delete(end, text.length - end);
    return this.#add([{ type: head.type, source: second, meta: {} }], id, cut)[0] ?? null;
  }

  /** Join cells into the first one. */
  merge(ids: readonly string[]): void {
    const cells = cellsOf(this.#doc);
    const [first, ...rest] = ids.flatMap((id) => {
      const cell = cellMap(cells, id);
      const head = cell === null ? null : headOf(id, cell);
      return cell === null || head === null ? [] : [{ cell, head }];
    });
    if (first === undefined || rest.length === 0) return;
    const now = Date.now();
    this.#undo.structural(() => {
      for (const { cell, head } of rest) {
        first.head.source.insert(first.head.source.length, `\n${head.source.toJSON()}`);
        cell.set("deleted", now);
      }
    });
  }

  posOf(id: string): string | null {
    const cell = cellMap(cellsOf(this.#doc), id);
    return cell === null ? null : posOf(cell);
  }

  #each(ids: readonly string[], change: (cell: Y.Map<unknown>) => void): void {
    const cells = cellsOf(this.#doc);
    this.#undo.structural(() => {
      for (const id of ids) {
        const cell = cellMap(cells, id);
        if (cell !== null) change(cell);
      }
    });
  }
}

const textOf = (definition: InputDefinition, value: InputValue | null, day: string): string =>
  assignment(definition, carriedOver(definition, value, day));

/** The value that a cell's text gives to the variable it had, or to any if it was no input. */
function valueBefore(cell: Y.Map<unknown>, definition: string): InputValue | null {
  const source = cell.get("source");
  const text = source instanceof Y.Text ? source.toJSON() : "";
  const name = readDefinition(definition)?.name ?? /^[^\s=]+/.exec(text)?.[0];
  return name === undefined ? null : assigned(name, text);
}

/** Make a cell's text `now` by one replacement, so that cursors around it stay. */
function setText(cell: Y.Map<unknown>, now: string): void {
  const source = cell.get("source");
  if (!(source instanceof Y.Text)) return;
  const before = source.toJSON();
  if (before === now) return;
  let start = 0;
  while (start < Math.min(before.length, now.length) && before[start] === now[start]) start += 1;
  if (/[\ud800-\udbff]$/.test(now.slice(0, start))) start -= 1;
  source.delete(start, before.length - start);
  source.insert(start, now.slice(start));
}

function today(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** A name that is not taken: `plot.png`, then `plot-2.png`. */
function freeName(name: string, isTaken: (name: string) => boolean): string {
  const dot = name.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let number = 1; ; number += 1) {
    const tried = number === 1 ? name : `${stem}-${number}${end}`;
    if (!isTaken(tried)) return tried;
  }
}

function putSql(cell: Y.Map<unknown>, sql: SqlCell | null): void {
  const meta = cell.get("meta");
  if (!(meta instanceof Y.Map)) return;
  const now = writtenSql(meta.get(KIND_META), sql);
  if (now === null) meta.delete(KIND_META);
  else meta.set(KIND_META, now);
}
