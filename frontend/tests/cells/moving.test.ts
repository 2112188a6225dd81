import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { CellActions } from "../../src/cells/actions";
import { placeAt, placeNow, placesFor, scrollStep } from "../../src/cells/drag";
import { hiddenBy, levelOf, sectionUnder, type Ranked } from "../../src/cells/folds";
import { NotebookUndo } from "../../src/cells/undo";
import { binOf, cellsOf, orderOf } from "../../src/model/cells";

const ORDER = ["a", "b", "c", "d", "e"];

describe("a place to put cells down", () => {
  test("is found under the pointer, in the upper or lower half of a cell", () => {
    expect(placeAt(ORDER, ["b"], "d", true)).toBe("d");
    expect(placeAt(ORDER, ["b"], "d", false)).toBe("c");
    expect(placeAt(ORDER, ["b"], "a", false)).toBe(null);
  });

  test("is never below a cell that is moved itself", () => {
    expect(placeAt(ORDER, ["b", "c"], "c", true)).toBe("a");
    expect(placeAt(ORDER, ["a"], "a", true)).toBe(null);
    expect(placesFor(ORDER, ["b", "d"])).toEqual([null, "a", "c", "e"]);
    expect(placeNow(ORDER, ["c", "d"])).toBe("b");
  });

  test("scrolls only near the edges", () => {
    expect(scrollStep(500, 0, 1000)).toBe(0);
    expect(scrollStep(5, 0, 1000)).toBeLessThan(0);
    expect(scrollStep(995, 0, 1000)).toBeGreaterThan(0);
    expect(scrollStep(2000, 0, 1000)).toBe(18);
  });
});

function notebook(): { doc: Y.Doc; actions: CellActions; undo: NotebookUndo; ids: string[] } {
  const doc = new Y.Doc();
  const undo = new NotebookUndo(doc, () => undefined);
  const actions = new CellActions(doc, undo);
  const ids = actions.paste(
    ORDER.map((source) => ({ type: "code", source, meta: {} })),
    null,
  );
  return { doc, actions, undo, ids };
}

test("several cells come down together, in one step of undo", () => {
  const { doc, actions, undo, ids } = notebook();
  const [a = "", b = "", c = "", d = "", e = ""] = ids;
  actions.place([b, d], e);
  expect(orderOf(cellsOf(doc))).toEqual([a, c, e, b, d]);
  actions.place([e, d], null);
  expect(orderOf(cellsOf(doc))).toEqual([e, d, a, c, b]);
  undo.undo();
  undo.undo();
  expect(orderOf(cellsOf(doc))).toEqual(ids);
});

test("the bin tells who deleted what and when, the last first, and nothing that is empty", () => {
  const { doc, actions, ids } = notebook();
  const [a = "", b = "", c = ""] = ids;
  actions.delete([a]);
  const peer = new Y.Doc();
  Y.applyUpdate(peer, Y.encodeStateAsUpdate(doc));
  const cell = cellsOf(peer).get(b) as Y.Map<unknown>;
  cell.set("deleted", Date.now() + 1000);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(peer));
  actions.insert(c, "code", "  ");
  actions.delete([orderOf(cellsOf(doc))[1] ?? ""]);
  const binned = binOf(cellsOf(doc));
  expect(binned.map(({ id, text, client }) => [id, text, client])).toEqual([
    [b, "b", peer.clientID],
    [a, "a", doc.clientID],
  ]);
  actions.restore([a]);
  expect(binOf(cellsOf(doc)).map(({ id }) => id)).toEqual([b]);
  expect(orderOf(cellsOf(doc))[0]).toBe(a);
});

describe("sections", () => {
  const cells: Ranked[] = [
    { id: "one", level: 1 },
    { id: "x", level: null },
    { id: "two", level: 2 },
    { id: "y", level: null },
    { id: "other", level: 1 },
    { id: "z", level: null },
  ];

  test("go down to the next heading of their rank", () => {
    expect(sectionUnder(cells, "one")).toEqual(["x", "two", "y"]);
    expect(sectionUnder(cells, "two")).toEqual(["y"]);
    expect(sectionUnder(cells, "other")).toEqual(["z"]);
    expect(sectionUnder(cells, "x")).toEqual([]);
  });

  test("hide what is in them; the outermost fold is what hides it", () => {
    expect([...hiddenBy(cells, new Set(["one", "two"]))]).toEqual([
      ["x", "one"],
      ["two", "one"],
      ["y", "one"],
    ]);
    expect(hiddenBy(cells, new Set(["gone"])).size).toBe(0);
  });

  test("have the rank of the highest heading in their cell", () => {
    expect(levelOf("text\n## Two\n# One")).toBe(1);
    expect(levelOf("```\n# no\n```")).toBe(null);
  });
});
