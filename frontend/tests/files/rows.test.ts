import { expect, test } from "vitest";
import { rowsOf, stepOf } from "../../src/files/rows";
import type { FileEntry, FolderListing } from "../../src/wire/http";

const entry = (address: string, kind: FileEntry["kind"] = "file"): FileEntry => ({
  name: address.split("/").at(-1) ?? "",
  path: address,
  address,
  kind,
  size: 1,
  changed_at: "2026-01-01T00:00:00Z",
  etag: '"1"',
});
const listing = (...items: FileEntry[]): FolderListing => ({
  path: "",
  items,
  total: items.length,
  mark: "m",
  next: null,
});

const listings = new Map<string, FolderListing | "loading" | "failed">([
  ["", { ...listing(entry("a", "folder"), entry("b", "folder"), entry(".hidden"), entry("c")), total: 9, next: "x" }],
  ["a", listing(entry("a/1"))],
]);

test("open folders unfold, hidden names stay away, and more can be asked for", () => {
  const rows = rowsOf({ listings, expanded: new Set(["a", "b"]), hidden: false });
  expect(rows.map((row) => [row.key, row.level])).toEqual([
    ["a", 1],
    ["a/1", 2],
    ["b", 1],
    ["b?", 2],
    ["c", 1],
    ["…", 1],
  ]);
  expect(rows.at(-1)).toMatchObject({ type: "more", left: 5 });
  expect(rowsOf({ listings, expanded: new Set(), hidden: true }).map((row) => row.key)).toContain(".hidden");
});

test("arrow keys walk as in every tree", () => {
  const rows = rowsOf({ listings, expanded: new Set(["a"]), hidden: false });
  expect(stepOf(rows, "a", "ArrowDown")).toEqual({ go: "a/1" });
  expect(stepOf(rows, "a", "ArrowRight")).toEqual({ go: "a/1" });
  expect(stepOf(rows, "a", "ArrowLeft")).toEqual({ close: "a" });
  expect(stepOf(rows, "a/1", "ArrowLeft")).toEqual({ go: "a" });
  expect(stepOf(rows, "b", "ArrowRight")).toEqual({ open: "b" });
  expect(stepOf(rows, "c", "ArrowRight")).toBeNull();
  expect(stepOf(rows, "a", "ArrowUp")).toEqual({ go: "a" });
  expect(stepOf(rows, "a", "End")).toEqual({ go: "…" });
  expect(stepOf(rows, null, "ArrowDown")).toEqual({ go: "a" });
});
