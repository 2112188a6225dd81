import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { rewrite } from "../../src/analysis/format";

function textWith(content: string): Y.Text {
  const text = new Y.Doc().getText("t");
  text.insert(0, content);
  return text;
}

describe("formatted code", () => {
  test.each([
    ["x   =  {'a':1}", 'x = {"a": 1}'],
    ["", "x = 1"],
    ["x = 1", ""],
    ["a = '🎉'\nb=1", "a = '🎊'\nb = 1"],
    [`${"x=1\n".repeat(20_000)}🎉`, `${"x = 1\n".repeat(20_000)}🎊`],
  ])("replaces what was there: %#", (before, after) => {
    const text = textWith(before);
    rewrite(text, after);
    expect(text.toJSON()).toBe(after);
  });

  test("leaves the places of others where they are", () => {
    const text = textWith("x   =  f( a )\nprint( x )");
    const doc = text.doc;
    if (doc === null) throw new Error("a text in a document");
    const caret = Y.createRelativePositionFromTypeIndex(text, text.toJSON().indexOf("a )"));
    const other = Y.createRelativePositionFromTypeIndex(text, text.toJSON().indexOf("nt("));
    rewrite(text, "x = f(a)\nprint(x)");
    const at = (place: Y.RelativePosition): string =>
      text.toJSON().slice(Y.createAbsolutePositionFromRelativePosition(place, doc)?.index);
    expect(at(caret)).toBe("a)\nprint(x)");
    expect(at(other)).toBe("nt(x)");
  });

  test("of people who wrote elsewhere in the cell meanwhile nothing is lost", () => {
    const text = textWith("x=1\ny=2");
    const peer = new Y.Doc();
    if (text.doc === null) throw new Error("a text in a document");
    Y.applyUpdate(peer, Y.encodeStateAsUpdate(text.doc));
    peer.getText("t").insert(7, "  # why");
    rewrite(text, "x = 1\ny = 2");
    Y.applyUpdate(text.doc, Y.encodeStateAsUpdate(peer));
    expect(text.toJSON()).toBe("x = 1\ny = 2  # why");
  });
});
