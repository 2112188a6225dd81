import { describe, expect, it, vi } from "vitest";
import { importFiles, type Upload } from "../../src/pages/project/importFile";
import { untitled } from "../../src/pages/project/names";
import { kernelWords } from "../../src/pages/shell/kernelWords";
import type { api } from "../../src/wire/api";
import { ApiError, type NotebookSummary } from "../../src/wire/http";

const file = (name: string, text = "{}"): File => new File([text], name);

describe("uploading", () => {
  it("goes on after a refused file and says why", async () => {
    const make = vi.fn<typeof api.importFile>((project, body) =>
      body.file_name === "bad.ipynb"
        ? Promise.reject(new ApiError(400, "not_a_notebook", "This is no notebook."))
        : Promise.resolve({ items: [{ id: "n", name: body.file_name, project, repairs: [] }] }),
    );
    const files = [file("bad.ipynb"), file("good.ipynb", '{"cells": []}')];
    const results = await importFiles("p1", files, undefined, make);
    expect(results.map((result) => result.refusal)).toEqual(["This is no notebook.", null]);
    expect(make).toHaveBeenLastCalledWith(
      "p1",
      { file_name: "good.ipynb", file_text: '{"cells": []}' },
      expect.any(Function),
    );
  });

  it("tells which file is on its way, and how much of it has left", async () => {
    const told: Upload[] = [];
    const make = vi.fn<typeof api.importFile>((project, body, onProgress) => {
      onProgress(0.5);
      onProgress(1);
      return Promise.resolve({ items: [{ id: "n", name: body.file_name, project, repairs: [] }] });
    });
    await importFiles("p1", [file("a.ipynb"), file("b.ipynb")], (upload) => told.push(upload), make);
    expect(told.map(({ file, number, of, share }) => `${file} ${number}/${of} ${share}`)).toEqual([
      "a.ipynb 1/2 0",
      "a.ipynb 1/2 0.5",
      "a.ipynb 1/2 1",
      "b.ipynb 2/2 0",
      "b.ipynb 2/2 0.5",
      "b.ipynb 2/2 1",
    ]);
  });

  it("sends nothing that is not a notebook file", async () => {
    const make = vi.fn<typeof api.importFile>();
    const [result] = await importFiles("p1", [file("photo.png")], undefined, make);
    expect(result?.refusal).toContain(".ipynb");
    expect(make).not.toHaveBeenCalled();
  });
});

describe("names", () => {
  it("finds the first free number", () => {
    const named = (name: string): NotebookSummary => ({
      id: name,
      name,
      project_name: "Research",
      project: "p",
      cells: 0,
      created_at: "",
      edited_at: "",
      edited_by: null,
      kernel: "none",
      people: [],
    });
    expect(untitled([])).toBe("Untitled");
    expect(untitled([named("Untitled"), named("Untitled 3")])).toBe("Untitled 2");
    expect(untitled([named("Untitled"), named("Untitled 2")])).toBe("Untitled 3");
  });
});

describe("kernelWords", () => {
  it("says nothing where there is no kernel, and of a state it does not know", () => {
    expect(kernelWords("none")).toBeNull();
    expect(kernelWords("hibernating")).toBeNull();
  });

  it("never shows a dead kernel as one that works", () => {
    expect(kernelWords("dead")?.tone).toBe("err");
    expect(kernelWords("idle")?.tone).toBe("ok");
    expect(kernelWords("reconnecting")?.tone).toBe("warn");
  });
});
