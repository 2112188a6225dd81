// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { NotebookUndo } from "../../src/cells/undo";
import { Finder, type Match, type Searched } from "../../src/find/finder";
import { cellMap, cellsOf } from "../../src/model/cells";
import { RuntimeIndex, SourceIndex } from "../../src/model/index";
import { REMOTE } from "../../src/wire/provider";
import { Store } from "../../src/wire/store";
import { addCell, textIn } from "../support/fakeServer";

const [A, B, C] = ["cell-aaaaaaaaaa", "cell-bbbbbbbbbb", "cell-cccccccccc"] as const;

let doc: Y.Doc;
let undo: NotebookUndo;
let finder: Finder;
let shown: Match[];

/** Somebody else's typing. */
const remote = (edit: () => void): void => doc.transact(edit, REMOTE);
const sources = (): string[] => [A, B, C].map((id) => textIn(doc, id).toJSON());
const places = (): string[] => finder.found.get().matches.map((match) => `${match.cell.slice(5, 6)}${match.from}`);
const now = (): string | undefined => places()[finder.found.get().at];

beforeEach(() => {
  vi.useFakeTimers();
  doc = new Y.Doc();
  addCell(doc, A, "total = 1\nprint(total)", "a0");
  addCell(doc, B, "subtotal = 2", "a1");
  addCell(doc, C, "total += subtotal", "a2");
  undo = new NotebookUndo(doc, () => undefined);
  shown = [];
  const searched: Searched = { doc, source: new SourceIndex(doc), runtime: new RuntimeIndex(new Y.Doc()), undo };
  finder = new Finder({
    cells: new Store(searched),
    show: (match) => shown.push(match),
    mark: () => undefined,
    outputOf: () => "",
  });
  finder.open("", null);
});

afterEach(() => {
  finder.close();
  undo.destroy();
  vi.useRealTimers();
});

describe("finding", () => {
  it("lists the matches in the order of the cells, and goes round", () => {
    finder.change({ text: "total" });
    expect(places()).toEqual(["a0", "a16", "b3", "c0", "c12"]);
    expect(now()).toBe("a0");
    finder.step(-1);
    expect(now()).toBe("c12");
    finder.step(1);
    finder.step(1);
    expect(now()).toBe("a16");
    expect(shown.map((match) => match.from)).toEqual([0, 12, 0, 16]);
  });

  it("begins where the person is", () => {
    finder.open("total", B);
    expect(now()).toBe("b3");
  });

  it("keeps the place while others type before it, and finds what they wrote", () => {
    finder.change({ text: "total" });
    finder.step(1);
    expect(now()).toBe("a16");
    remote(() => textIn(doc, A).insert(0, "# total of all\n"));
    vi.advanceTimersByTime(500);
    expect(places()).toEqual(["a2", "a15", "a31", "b3", "c0", "c12"]);
    expect(now()).toBe("a31");
    expect(shown).toHaveLength(2);
  });

  it("goes on from the place where the match was deleted", () => {
    finder.open("total", B);
    remote(() => textIn(doc, B).delete(0, 8));
    vi.advanceTimersByTime(500);
    expect(now()).toBe("c0");
  });

  it("goes on from the place of a cell that somebody took away", () => {
    finder.change({ text: "total" });
    finder.step(1);
    finder.step(1);
    expect(now()).toBe("b3");
    remote(() => cellMap(cellsOf(doc), B)?.set("deleted", 1));
    vi.advanceTimersByTime(200);
    expect(now()).toBe("c0");
    remote(() => cellMap(cellsOf(doc), C)?.set("deleted", 1));
    vi.advanceTimersByTime(200);
    expect(now()).toBe("a0");
  });

  it("looks in the chosen cells alone, and not in deleted ones", () => {
    finder.change({ text: "total", within: new Set([B, C]) });
    expect(places()).toEqual(["b3", "c0", "c12"]);
    remote(() => void cellMap(cellsOf(doc), C)?.set("deleted", 1));
    vi.advanceTimersByTime(500);
    expect(places()).toEqual(["b3"]);
  });

  it("says that a pattern is wrong, and finds nothing by it", () => {
    finder.change({ text: "total" });
    finder.change({ text: "(", isRegex: true });
    expect(finder.found.get()).toMatchObject({ matches: [], at: -1 });
    expect(finder.found.get().problem).toMatch(/regular expression/);
  });
});

describe("replacing", () => {
  it("replaces one and goes on behind it, even where the new text matches too", () => {
    finder.change({ text: "total", isCaseSensitive: true });
    expect(finder.replace("total_sum")).toBe(true);
    expect(sources()[0]).toBe("total_sum = 1\nprint(total)");
    expect(now()).toBe("a20");
  });

  it("replaces all in one step of undo, which takes back nothing of others", () => {
    finder.change({ text: "(sub)?total", isRegex: true });
    expect(finder.replaceAll("$1sum")).toEqual({ matches: 5, cells: 3 });
    expect(sources()).toEqual(["sum = 1\nprint(sum)", "subsum = 2", "sum += subsum"]);
    remote(() => textIn(doc, B).insert(0, "# mine\n"));
    undo.undo();
    expect(sources()).toEqual(["total = 1\nprint(total)", "# mine\nsubtotal = 2", "total += subtotal"]);
  });

  it("leaves alone what somebody changed in the moment before", () => {
    finder.change({ text: "total" });
    remote(() => textIn(doc, A).delete(0, 5));
    expect(finder.replaceAll("sum").matches).toBe(3);
    expect(sources()[0]).toBe(" = 1\nprint(total)");
  });
});
