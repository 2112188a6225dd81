import { describe, expect, it } from "vitest";
import { readTraceback } from "../../src/outputs/traceback";

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const error = (ename: string, evalue: string, ...traceback: string[]) =>
  readTraceback({ type: "error", id: "o", ename, evalue, traceback });
const RULE = red("-".repeat(75));
const head = (ename: string): string => `${red(ename)}        Traceback (most recent call last)`;
const OWN = `${red("Cell In[1], line 3")}\n----> 3 f()\n`;
const PANDAS = `File ${red("/env/lib/python3.11/site-packages/pandas/core/frame.py:4330")}, in DataFrame.x(self)\n`;

describe("a traceback", () => {
  it("begins with the error and its words, and folds away calls that are not the reader's own", () => {
    const found = error(
      "KeyError",
      "'x'",
      RULE,
      head("KeyError"),
      OWN,
      PANDAS,
      "File pandas/_libs/index.pyx:172, in pandas._libs.index.get_loc()\n",
      "File /env/lib/python3.11/json/decoder.py:340, in decode(s)\n",
      `${red("KeyError")}: 'x'`,
    );
    expect(found.title).toBe(`${red("KeyError")}: 'x'`);
    expect(found.parts).toMatchObject([
      { kind: "text", text: OWN },
      { kind: "inside", calls: 3, packages: ["pandas", "Python"] },
    ]);
  });

  it("keeps the reader's own files, also between calls of packages, and what came before", () => {
    const own = "File ~/model.py:7, in fit(data)\n";
    const between = "\nThe above exception was the direct cause of the following exception:\n";
    const found = error(
      "ValueError",
      "more\nlines",
      RULE,
      head("ZeroDivisionError"),
      OWN,
      PANDAS,
      "ZeroDivisionError: division by zero",
      between,
      head("ValueError"),
      PANDAS,
      own,
      PANDAS,
      "ValueError: more\nlines",
    );
    expect(found.title).toBe("ValueError: more\nlines");
    expect(found.parts.map(({ kind }) => kind)).toEqual(["text", "inside", "text", "inside", "text", "inside"]);
    expect(found.parts[2]?.text).toContain("division by zero");
    expect(found.parts[4]?.text).toBe(own);
  });

  it("of other shapes stands as it is", () => {
    const syntax = "  Cell In[1], line 1\n    x = (\n         ^\nSyntaxError: incomplete input\n";
    expect(error("SyntaxError", "incomplete input", syntax)).toEqual({
      title: null,
      parts: [{ kind: "text", text: syntax }],
    });
    expect(error("Error", "no room")).toEqual({ title: "Error: no room", parts: [] });
    expect(error("Error", "x", "one", "two")).toEqual({ title: null, parts: [{ kind: "text", text: "one\ntwo" }] });
  });
});
