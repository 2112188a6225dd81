import { describe, expect, it } from "vitest";
import { cellsFrom, clipboard, textOf } from "../../src/cells/clipboard";

const CODE = { cell_type: "code", id: "a1", metadata: {}, source: "x = 1", outputs: [], execution_count: 3 };

describe("cells on the system's clipboard", () => {
  it("are read as JupyterLab writes them", () => {
    const text = { cell_type: "markdown", metadata: { tags: ["a"], editable: true }, source: ["# One\n", "two"] };
    expect(cellsFrom(JSON.stringify([CODE, text]))).toEqual([
      { type: "code", source: "x = 1", meta: {} },
      { type: "markdown", source: "# One\ntwo", meta: { "json:tags": '["a"]', editable: true } },
    ]);
  });

  it("are read from a whole notebook file, with the pictures of its texts", () => {
    const attachments = { "plot.png": { "image/png": "aGVsbG8=" } };
    const file = { nbformat: 4, cells: [{ ...CODE, cell_type: "markdown", attachments }] };
    expect(cellsFrom(JSON.stringify(file))).toEqual([{ type: "markdown", source: "x = 1", meta: {}, attachments }]);
  });

  it("are nothing else that is JSON", () => {
    for (const text of ["", "x", "[]", "[1, 2]", "{}", '[{"cell_type": "code"}]', '{"cells": 3}', "[", "null"])
      expect(cellsFrom(text), text).toBeNull();
  });

  it("come back as they went, also those of SQL", () => {
    const cells = [
      { type: "code" as const, source: "SELECT 1", meta: { "json:commonbook": '{"kind":"sql","result":"df_1"}' } },
      { type: "raw" as const, source: "as it is", meta: { format: "text/plain" } },
    ];
    expect(cellsFrom(textOf(cells))).toEqual(cells);
  });

  it("leave out what the server would not take", () => {
    const metadata = { "json:x": "no JSON", long: "x".repeat(300_000), ["k".repeat(300)]: 1, "": 1, fine: null };
    expect(cellsFrom(JSON.stringify([{ ...CODE, metadata }]))?.[0]?.meta).toEqual({ fine: null });
  });
});

describe("the clipboard", () => {
  it("takes any other text as code", () => {
    expect(clipboard.read("a = 1\r\nb = 2")).toEqual({
      notebook: null,
      cells: [{ type: "code", source: "a = 1\nb = 2", meta: {} }],
    });
    expect(clipboard.read(" \n")).toBeNull();
  });

  it("knows its own cells again, with the notebook that has their pictures", () => {
    const clipping = {
      notebook: "n1",
      cells: [{ type: "markdown" as const, source: "![a](attachment:a)", meta: { "json:attachments": '{"a":{}}' } }],
    };
    clipboard.put(clipping);
    expect(clipboard.read(textOf(clipping.cells))).toEqual(clipping);
  });
});
