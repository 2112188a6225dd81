import { describe, expect, it } from "vitest";
import { loginAddress, safeNext } from "../../src/pages/shell/next";

describe("safeNext", () => {
  it.each(["/", "/p/abc", "/n/abc?cell=1#end", "/link"])("keeps the local path %s", (path) => {
    expect(safeNext(path)).toBe(path);
  });

  it.each([
    null,
    "",
    "p/abc",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/..//evil.example/x",
    "javascript:alert(1)",
    " //evil.example",
    "/\\/evil.example",
  ])("goes home instead of to %j", (path) => {
    expect(safeNext(path)).toBe("/");
  });

  it("survives the way through the sign-in page", () => {
    const address = new URL(loginAddress("/n/a?x=1&y=2#z"), "http://here");
    expect(safeNext(address.searchParams.get("next"))).toBe("/n/a?x=1&y=2#z");
  });
});
