// @vitest-environment jsdom
import { forEachDiagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { Linter, toMark, type Mark, type SeenCell } from "../../src/analysis/lint";
import { Store } from "../../src/wire/store";

// Nothing is laid out here.
Object.assign(Range.prototype, {
  getClientRects: () => [],
  getBoundingClientRect: () => ({ left: 0, right: 0, top: 0, bottom: 0 }),
});

const mark = (cell: string, start: number, end: number, more: Partial<Mark> = {}): Mark => ({
  cell,
  code: "F821",
  text: "Undefined name",
  start,
  end,
  level: "error",
  ...more,
});

class Page {
  readonly doc = new Y.Doc();
  readonly views = new Map<string, EditorView>();
  readonly asked: (readonly SeenCell[])[] = [];
  answer: readonly Mark[] | null = [];
  /** Called while a question is under way. */
  meanwhile: () => void = () => undefined;
  readonly cells = new Store({ doc: this.doc });
  readonly #built = new Set<(id: string, view: EditorView) => void>();
  readonly editors = {
    get: (id: string) => this.views.get(id) ?? null,
    built: () => this.views,
    onBuilt: (listener: (id: string, view: EditorView) => void) => {
      this.#built.add(listener);
      return () => this.#built.delete(listener);
    },
  };
  readonly linter = new Linter({
    cells: this.cells,
    editors: this.editors,
    check: (seen) => {
      this.asked.push(seen);
      const { answer } = this;
      this.meanwhile();
      return Promise.resolve(answer);
    },
  });

  cell(id: string, source: string): Y.Text {
    const cell = new Y.Map<unknown>();
    const text = new Y.Text(source);
    cell.set("type", "code");
    cell.set("source", text);
    this.doc.getMap("cells").set(id, cell);
    return text;
  }

  build(id: string, text: Y.Text): EditorView {
    const view = new EditorView({ state: EditorState.create({ doc: text.toJSON() }) });
    this.views.set(id, view);
    for (const listener of this.#built) listener(id, view);
    return view;
  }
}

async function shown(view: EditorView): Promise<string[]> {
  await vi.dynamicImportSettled();
  const found: string[] = [];
  forEachDiagnostic(view.state, (_, from, to) => found.push(view.state.sliceDoc(from, to)));
  return found;
}

describe("marks", () => {
  let page: Page;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    page = new Page();
  });

  afterEach(() => {
    page.linter.close();
    vi.useRealTimers();
  });

  test("come once typing rests, for the text as it is here", async () => {
    const text = page.cell("a", "x");
    const view = page.build("a", text);
    page.linter.turn(true);
    await vi.advanceTimersByTimeAsync(400);
    expect(page.asked).toEqual([[]]);
    for (let key = 0; key < 5; key += 1) {
      text.insert(text.length, "y");
      view.dispatch({ changes: { from: view.state.doc.length, insert: "y" } });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(page.asked.length).toBe(1);
    page.answer = [mark("a", 1, 6)];
    await vi.advanceTimersByTimeAsync(400);
    expect(page.asked[1]).toEqual([{ cell: "a", source: "xyyyyy" }]);
    expect(await shown(view)).toEqual(["yyyyy"]);
  });

  test("come now and then while typing goes on", async () => {
    const text = page.cell("a", "x");
    page.linter.turn(true);
    for (let key = 0; key < 60; key += 1) {
      text.insert(0, "y");
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(page.asked.length).toBe(2);
  });

  test("of a cell that changed meanwhile wait for the next answer", async () => {
    const text = page.cell("a", "x");
    const view = page.build("a", text);
    page.answer = [mark("a", 0, 1)];
    page.meanwhile = () => {
      page.meanwhile = () => undefined;
      page.answer = [mark("a", 1, 2)];
      text.insert(0, "y");
      view.dispatch({ changes: { from: 0, insert: "y" } });
    };
    page.linter.turn(true);
    await vi.advanceTimersByTimeAsync(400);
    expect(await shown(view)).toEqual([]);
    await vi.advanceTimersByTimeAsync(400);
    expect(await shown(view)).toEqual(["x"]);
  });

  test("wait for the editor of a cell, and go when they are switched off", async () => {
    const text = page.cell("a", "x");
    page.answer = [mark("a", 0, 1)];
    page.linter.turn(true);
    await vi.advanceTimersByTimeAsync(400);
    const view = page.build("a", text);
    expect(await shown(view)).toEqual(["x"]);
    page.linter.turn(false);
    expect(await shown(view)).toEqual([]);
    text.insert(0, "y");
    await vi.advanceTimersByTimeAsync(5000);
    expect(page.asked.length).toBe(1);
  });

  test("stay where there is no answer", async () => {
    const text = page.cell("a", "x");
    const view = page.build("a", text);
    page.answer = [mark("a", 0, 1)];
    page.linter.turn(true);
    await vi.advanceTimersByTimeAsync(400);
    page.answer = null;
    page.cell("b", "");
    await vi.advanceTimersByTimeAsync(400);
    expect(page.asked.length).toBe(2);
    expect(await shown(view)).toEqual(["x"]);
  });

  test("are reached, said and fixed with the keys; a fix for another text does nothing", async () => {
    const text = page.cell("a", "import os\nx");
    const view = page.build("a", text);
    const fix = { fix: "Remove it", edits: [{ start: 0, end: 10, text: "" }], level: "unused" as const };
    page.answer = [mark("a", 7, 9, fix), mark("a", 10, 11)];
    page.linter.turn(true);
    await vi.advanceTimersByTimeAsync(400);
    await shown(view);
    const said: string[] = [];
    const say = (words: string): void => void said.push(words);
    await toMark(view, "next", say);
    expect(view.state.selection.main.head).toBe(7);
    await toMark(view, "next", say);
    expect(said).toEqual(["Undefined name. Fix: Remove it", "Undefined name"]);
    view.dispatch({ changes: { from: 11, insert: "1" }, selection: { anchor: 7 } });
    await toMark(view, "fix", say);
    expect(view.state.doc.toString()).toBe("import os\nx1");
    view.dispatch({ changes: { from: 11, to: 12 } });
    await toMark(view, "fix", say);
    expect(view.state.doc.toString()).toBe("x");
  });
});
