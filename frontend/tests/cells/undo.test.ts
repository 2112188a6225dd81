// @vitest-environment jsdom
import { EditorView } from "@codemirror/view";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { CellActions } from "../../src/cells/actions";
import { editorState } from "../../src/cells/extensions";
import { NotebookUndo } from "../../src/cells/undo";
import { attachmentsOf, cellMap, cellsOf, isDeleted, isDeletedBy, orderOf } from "../../src/model/cells";
import { REMOTE } from "../../src/wire/provider";
import { addCell, textIn } from "../support/fakeServer";

const A = "cell-aaaaaaaaaa";
const B = "cell-bbbbbbbbbb";

let doc: Y.Doc;
let peer: Y.Doc;
let undo: NotebookUndo;
let actions: CellActions;
let popped: string[][];
const views: EditorView[] = [];

const sync = (from: Y.Doc, to: Y.Doc): void =>
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), REMOTE);

function editor(id: string): EditorView {
  const state = editorState({
    text: textIn(doc, id),
    language: "code",
    undo: undo.manager,
    canEdit: true,
    neighbours: { leave: () => false },
    look: { display: [], keys: [] },
    more: [],
  });
  const view = new EditorView({ state });
  views.push(view);
  return view;
}

const type = (view: EditorView, text: string): void =>
  view.dispatch({ changes: { from: view.state.doc.length, insert: text } });

beforeEach(() => {
  doc = new Y.Doc();
  peer = new Y.Doc();
  addCell(doc, A, "", "a0");
  addCell(doc, B, "", "a1");
  sync(doc, peer);
  popped = [];
  undo = new NotebookUndo(doc, (cells) => popped.push([...cells]));
  actions = new CellActions(doc, undo);
});

afterEach(() => {
  for (const view of views.splice(0)) view.destroy();
  undo.destroy();
  vi.useRealTimers();
});

describe("undo", () => {
  it("takes two fast edits in two cells back as two steps, and says which cell changed", () => {
    type(editor(A), "one");
    type(editor(B), "two");
    undo.undo();
    expect([textIn(doc, A).toJSON(), textIn(doc, B).toJSON()]).toEqual(["one", ""]);
    undo.undo();
    expect(textIn(doc, A).toJSON()).toBe("");
    expect(popped).toEqual([[B], [A]]);
  });

  it("joins fast typing in one cell into one step, until the cell is left", () => {
    const view = editor(A);
    type(view, "on");
    type(view, "e");
    undo.separate();
    type(view, " two");
    undo.undo();
    expect(textIn(doc, A).toJSON()).toBe("one");
    undo.undo();
    expect(textIn(doc, A).toJSON()).toBe("");
    expect(undo.undo()).toBe(false);
  });

  it("leaves what others wrote", () => {
    type(editor(A), "mine");
    sync(doc, peer);
    peer.transact(() => textIn(peer, A).insert(0, "theirs "));
    sync(peer, doc);
    undo.undo();
    expect(textIn(doc, A).toJSON()).toBe("theirs ");
    expect(undo.undo()).toBe(false);
  });

  it("brings a deleted cell back with the same text object and a peer's later edit in it", () => {
    const text = textIn(doc, A);
    actions.delete([A]);
    expect(orderOf(cellsOf(doc))).toEqual([B]);
    sync(doc, peer);
    textIn(peer, A).insert(0, "later");
    sync(peer, doc);
    undo.undo();
    expect(orderOf(cellsOf(doc))).toEqual([A, B]);
    expect(textIn(doc, A)).toBe(text);
    expect(text.toJSON()).toBe("later");
    undo.redo();
    expect(orderOf(cellsOf(doc))).toEqual([B]);
  });

  it("of an added cell marks it deleted and never removes or assigns its key", () => {
    const id = actions.insert(A, "code", "x");
    const cell = cellMap(cellsOf(doc), id);
    undo.undo();
    expect(orderOf(cellsOf(doc))).toEqual([A, B]);
    expect(cellMap(cellsOf(doc), id)).toBe(cell);
    undo.redo();
    expect(orderOf(cellsOf(doc))).toEqual([A, id, B]);
    expect(cellMap(cellsOf(doc), id)).toBe(cell);
  });

  it("never joins a structural edit with typing", () => {
    type(editor(A), "one");
    actions.setType([A], "markdown");
    type(editor(B), "two");
    undo.undo();
    undo.undo();
    expect(cellMap(cellsOf(doc), A)?.get("type")).toBe("code");
    expect(textIn(doc, A).toJSON()).toBe("one");
  });
});

describe("cells", () => {
  it("move over neighbours, the deleted ones among them, and stop at the ends", () => {
    const c = actions.insert(B, "code");
    actions.delete([B]);
    expect(orderOf(cellsOf(doc))).toEqual([A, c]);
    expect(actions.move([A], -1)).toBe(false);
    expect(actions.move([A], 1)).toBe(true);
    expect(orderOf(cellsOf(doc))).toEqual([c, A]);
    actions.restore([B]);
    expect(orderOf(cellsOf(doc)).length).toBe(3);
  });

  it("move together and keep their order", () => {
    const c = actions.insert(B, "code");
    const d = actions.insert(c, "code");
    actions.move([A, B], 1);
    expect(orderOf(cellsOf(doc))).toEqual([c, A, B, d]);
    actions.move([B, d], -1);
    expect(orderOf(cellsOf(doc))).toEqual([c, B, d, A]);
  });

  it("are duplicated with type, text and metadata, under new ids", () => {
    textIn(doc, A).insert(0, "x = 1");
    const [copy] = actions.duplicate([A]);
    expect(orderOf(cellsOf(doc))).toEqual([A, copy, B]);
    expect(textIn(doc, copy).toJSON()).toBe("x = 1");
    expect(copy).toMatch(/^[A-Za-z0-9_-]{12,64}$/);
  });

  it("are split at the caret and joined again", () => {
    textIn(doc, A).insert(0, "one\ntwo");
    const second = actions.split(A, 3);
    expect(textIn(doc, A).toJSON()).toBe("one");
    expect(textIn(doc, second ?? "").toJSON()).toBe("two");
    undo.undo();
    expect(orderOf(cellsOf(doc))).toEqual([A, B]);
    expect(textIn(doc, A).toJSON()).toBe("one\ntwo");
    undo.redo();
    expect(orderOf(cellsOf(doc))).toEqual([A, second, B]);
    actions.merge([A, second ?? ""]);
    expect(textIn(doc, A).toJSON()).toBe("one\ntwo");
    const gone = cellMap(cellsOf(doc), second ?? "");
    expect(gone !== null && isDeleted(gone)).toBe(true);
  });

  it("leave no empty lines at a cut, and know who put them into the bin", () => {
    textIn(doc, A).insert(0, "one\n\ntwo\n");
    const second = actions.split(A, 5) ?? "";
    expect([textIn(doc, A).toJSON(), textIn(doc, second).toJSON()]).toEqual(["one", "two\n"]);
    actions.delete([A]);
    sync(doc, peer);
    const [here, there] = [doc, peer].map((one) => cellMap(cellsOf(one), A));
    expect(here != null && isDeletedBy(here, doc.clientID)).toBe(true);
    expect(there != null && isDeletedBy(there, peer.clientID)).toBe(false);
  });
});

describe("text cells", () => {
  it("a box is ticked in its line alone, and undo clears it", () => {
    const text = textIn(doc, A);
    text.insert(0, "- [ ] one\n> 2. [X] two\n[ ] none");
    actions.tick(A, 1, false);
    actions.tick(A, 0, true);
    actions.tick(A, 2, true);
    expect(text.toJSON()).toBe("- [x] one\n> 2. [ ] two\n[ ] none");
    undo.undo();
    expect(text.toJSON()).toBe("- [ ] one\n> 2. [ ] two\n[ ] none");
  });

  it("a picture comes and goes with its attachment, under a name of its own", () => {
    const picture = { mime: "image/png", sha256: "f00", size: 3 };
    const cell = cellMap(cellsOf(doc), A);
    actions.addPicture(A, 0, "plot.png", picture);
    actions.addPicture(A, 99_999, "plot.png", { ...picture, sha256: "f01" });
    expect(textIn(doc, A).toJSON()).toBe("![plot.png](attachment:plot.png)![plot-2.png](attachment:plot-2.png)");
    expect(cell && [...attachmentsOf(cell)]).toEqual([
      ["plot.png", "f00"],
      ["plot-2.png", "f01"],
    ]);
    undo.undo();
    expect(textIn(doc, A).toJSON()).toBe("![plot.png](attachment:plot.png)");
    expect(cell && [...attachmentsOf(cell).keys()]).toEqual(["plot.png"]);
  });
});
