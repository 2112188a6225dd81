import { describe, expect, it, vi } from "vitest";
import { importFiles } from "../../src/pages/project/importFile";
import { kernelWords } from "../../src/pages/project/kernelWords";
import { notebookName, untitled } from "../../src/pages/project/names";
import type { api } from "../../src/wire/api";
import { ApiError, type NotebookSummary } from "../../src/wire/http";

const file = (name: string, text = "{}"): File => new File([text], name);

describe("uploading", () => {
  it("goes on after a refused file and says why", async () => {
    const make = vi.fn<typeof api.makeNotebook>((project, body) =>
      body.name === "bad"
        ? Promise.reject(new ApiError(400, "not_a_notebook", "This is no notebook."))
        : Promise.resolve({ id: "n", name: body.name, project, repairs: [] }),
    );
    const results = await importFiles("p1", [file("bad.ipynb"), file("good.ipynb", '{"cells": []}')], make);
    expect(results.map((result) => result.refusal)).toEqual(["This is no notebook.", null]);
    expect(make).toHaveBeenLastCalledWith("p1", { name: "good", ipynb: '{"cells": []}' });
  });

  it("sends nothing that is not a notebook file", async () => {
    const make = vi.fn<typeof api.makeNotebook>();
    const [result] = await importFiles("p1", [file("photo.png")], make);
    expect(result?.refusal).toContain(".ipynb");
    expect(make).not.toHaveBeenCalled();
  });
});

describe("names", () => {
  it.each([
    ["Sales 2025.ipynb", "Sales 2025"],
    ["a.b.IPYNB", "a.b"],
    [".ipynb", "Untitled"],
    [`${"x".repeat(300)}.ipynb`, "x".repeat(200)],
  ])("%s becomes %s", (name, expected) => {
    expect(notebookName(name)).toBe(expected);
  });

  it("finds the first free number", () => {
    const named = (name: string): NotebookSummary => ({
      id: name,
      name,
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
