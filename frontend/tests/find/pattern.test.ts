import { describe, expect, it } from "vitest";
import { compile, replacementAt, spansIn, type Query } from "../../src/find/pattern";

const query = (text: string, also: Partial<Query> = {}): Query => ({
  text,
  isRegex: false,
  isCaseSensitive: false,
  isWholeWord: false,
  ...also,
});

function found(text: string, wanted: Query): string[] {
  const pattern = compile(wanted);
  if (pattern === null || "problem" in pattern) throw new Error("not to be looked for");
  return spansIn(text, pattern.regex).map(({ from, to }) => text.slice(from, to));
}

function replaced(text: string, wanted: Query, template: string): string | null {
  const pattern = compile(wanted);
  if (pattern === null || "problem" in pattern) throw new Error("not to be looked for");
  const [span] = spansIn(text, pattern.regex);
  return span === undefined ? null : replacementAt(text, span, pattern, template);
}

describe("a query", () => {
  it("takes every sign for itself unless it is a regular expression", () => {
    expect(found("a.b a+b (a) [a] a|b a/b", query("a.b"))).toEqual(["a.b"]);
    for (const text of ["(a)", "[a]", "a|b", "a+b", "a/b", "^$", "\\d", "{2}", "a-b"])
      expect(found(`x ${text} y`, query(text))).toEqual([text]);
    expect(found("a.b a+b", query("a.b", { isRegex: true }))).toEqual(["a.b", "a+b"]);
  });

  it("minds case only if asked, also beyond ASCII", () => {
    expect(found("Größe größe", query("GRÖßE"))).toEqual(["Größe", "größe"]);
    expect(found("Größe größe", query("größe", { isCaseSensitive: true }))).toEqual(["größe"]);
  });

  it("knows whole words in any script", () => {
    const whole = { isWholeWord: true };
    expect(found("df df2 my_df df.x ädf", query("df", whole))).toEqual(["df", "df"]);
    expect(found("x+= x", query("+=", whole))).toEqual([]);
    expect(found("мир мира", query("мир", whole))).toEqual(["мир"]);
    expect(found("cat|dog catalog dog", query("cat|dog", { isWholeWord: true, isRegex: true }))).toEqual([
      "cat",
      "dog",
      "dog",
    ]);
  });

  it("finds lines by ^ and $, and passes over matches of no length", () => {
    expect(found("import a\n  import b\nimport c", query("^import", { isRegex: true }))).toEqual(["import", "import"]);
    expect(found("abc", query("x*", { isRegex: true }))).toEqual([]);
  });

  it("says what is wrong with a pattern", () => {
    const wrong = compile(query("(", { isRegex: true }));
    expect(wrong !== null && "problem" in wrong ? wrong.problem : "").toMatch(/^This is no regular expression: .+\.$/);
    expect(compile(query(""))).toBeNull();
  });
});

describe("a replacement", () => {
  it("is plain text for a plain query", () => {
    expect(replaced("a+b", query("a+b"), "$1 $& \\n")).toBe("$1 $& \\n");
  });

  it("fills in groups for a regular expression", () => {
    const swap = query("(\\w+)=(?<value>\\w+)", { isRegex: true });
    expect(replaced("key=7", swap, "$<value>=$1 [$&] $$ $9 \\t")).toBe("7=key [key=7] $ $9 \t");
  });

  it("looks around the match, not inside it alone", () => {
    expect(replaced("xa ya", query("(?<=y)a", { isRegex: true }), "b")).toBe("b");
  });

  it("leaves a place alone whose text has changed", () => {
    const pattern = compile(query("old"));
    if (pattern === null || "problem" in pattern) throw new Error("not to be looked for");
    expect(replacementAt("new text", { from: 0, to: 3 }, pattern, "x")).toBeNull();
  });
});
