import { describe, expect, test } from "vitest";
import {
  addressOf,
  codeFor,
  endingOf,
  faultOf,
  isWithin,
  nextName,
  parentOf,
  readable,
  textOf,
} from "../../src/files/names";
import { sizeText } from "../../src/model/sizes";
import { decoded, previewOf } from "../../src/files/preview";

test("what cannot be seen in a name is written out", () => {
  expect(readable("a\u202egpj.exe")).toBe("a⟨U+202E⟩gpj.exe");
  expect(readable("two\nlines")).toBe("two⟨U+000A⟩lines");
  expect(readable("données 日本 🙂.csv")).toBe("données 日本 🙂.csv");
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1500, "1.5 kB"],
  [999_600, "1.0 MB"],
  [2_000_000_000, "2.0 GB"],
  [20_000_000_000, "20 GB"],
])("%i bytes read as %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("a path as code is a text that Python reads, whatever is in it", () => {
  expect(codeFor({ path: 'da"ta/a.csv', kind: "file" })).toBe('pd.read_csv("da\\"ta/a.csv")');
  expect(codeFor({ path: "$& $1.parquet", kind: "file" })).toBe('pd.read_parquet("$& $1.parquet")');
  expect(codeFor({ path: "notes", kind: "file" })).toBe('open("notes")');
  expect(codeFor({ path: "data", kind: "folder" })).toBe('Path("data")');
});

test("names and addresses", () => {
  expect(endingOf("a.tar.GZ")).toBe("gz");
  expect(endingOf(".env")).toBe("");
  expect(parentOf("a/b/c")).toBe("a/b");
  expect(parentOf("a")).toBe("");
  expect(isWithin("ab", "a")).toBe(false);
  expect(isWithin("a/b", "a")).toBe(true);
  expect(addressOf("a b/ü%.csv")).toBe("a%20b/%C3%BC%25.csv");
  expect(textOf("a%20b")).toBe("a b");
  expect(textOf("bad%FF")).toBeNull();
  expect(nextName("run.py")).toBe("run 2.py");
  expect(nextName("run 2.py")).toBe("run 3.py");
  expect(nextName("README")).toBe("README 2");
});

test.each(["", " ", "a/b", "a\\b", "a\u200bb"])("%j is no name", (name) => {
  expect(faultOf(name)).not.toBeNull();
});

describe("previews", () => {
  test.each([
    ["a.CSV", "table"],
    ["b.md", "markdown"],
    ["c.svg", "image"],
    ["Makefile", "text"],
    [".gitignore", "text"],
    ["d.zip", "none"],
    ["e.ipynb", "notebook"],
  ])("%s is shown as %s", (name, kind) => {
    expect(previewOf(name)).toBe(kind);
  });

  test("a character that is cut in two at the end of a part is dropped", () => {
    const bytes = new TextEncoder().encode("aé");
    expect(decoded(bytes.subarray(0, 2), true)).toBe("a");
    expect(decoded(bytes, false)).toBe("aé");
    expect(decoded(new Uint8Array([0x61, 0xe9, 0x62]), false)).toBe("aéb");
    expect(decoded(new Uint8Array([0x61, 0]), false)).toBeNull();
  });
});
