import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { cellMap, cellsOf } from "../../src/model/cells";
import { headingsOf } from "../../src/model/headings";
import { RuntimeIndex, SourceIndex } from "../../src/model/index";
import { outlineOf } from "../../src/outline/outline";
import { addCell } from "../support/fakeServer";

describe("headings", () => {
  it.each([
    ["# One\ntext\n## Two ##", ["1 One", "2 Two"]],
    ["#no heading\n####### nor this\n    # nor code", []],
    ["```python\n# a comment\n```\n# After", ["1 After"]],
    ["~~~\n```\n# inside\n~~~\n### After", ["3 After"]],
    ["# **Bold** and `code` and [a link](https://example.org)", ["1 Bold and code and a link"]],
    ["#\n# \n# snake_case_name", ["1 snake_case_name"]],
    ["", []],
  ])("in %j", (text, expected) => {
    expect(headingsOf(text).map(({ level, text: title }) => `${level} ${title}`)).toEqual(expected);
  });
});

describe("the outline", () => {
  it("says what happens below each heading, the most urgent first", () => {
    const doc = new Y.Doc();
    const runtime = new Y.Doc();
    const cell = (letter: string, text: string, type: string): string => {
      const id = `cell-${letter.repeat(10)}`;
      addCell(doc, id, text, `a${letter}`);
      cellMap(cellsOf(doc), id)?.set("type", type);
      return id;
    };
    const ran = (id: string, state: string): void => {
      const entry = new Y.Map<unknown>();
      entry.set("run", {
        id: `run-${id}`,
        state,
        by: { id: "u", name: "Ada", color: 0 },
        queued: "2026-01-01T00:00:00Z",
      });
      runtime.getMap("cells").set(id, entry);
    };
    cell("a", "before = 1", "code");
    cell("b", "# Data\n## Load", "markdown");
    ran(cell("c", "load()", "code"), "error");
    ran(cell("d", "clean()", "code"), "running");
    cell("e", "no heading", "markdown");
    cell("f", "# Plot", "markdown");
    ran(cell("g", "plot()", "code"), "done");
    const items = outlineOf({ doc, source: new SourceIndex(doc), runtime: new RuntimeIndex(runtime) });
    expect(items.map(({ text, level, nth, state, cells }) => [text, level, nth, state, cells.length])).toEqual([
      ["Data", 1, 0, null, 1],
      ["Load", 2, 1, "running", 4],
      ["Plot", 1, 0, null, 2],
    ]);
  });
});
