import { expect, it } from "vitest";
import { codeFor, crumbs, nameAt } from "../../src/connections/objects";
import { sizeText } from "../../src/model/sizes";

it("names places and what lies there", () => {
  expect(crumbs({ bucket: "b", prefix: "one/two/" })).toEqual([
    { label: "b", place: { bucket: "b", prefix: "" } },
    { label: "one", place: { bucket: "b", prefix: "one/" } },
    { label: "two", place: { bucket: "b", prefix: "one/two/" } },
  ]);
  expect(crumbs({ bucket: "b", prefix: "" })).toHaveLength(1);
  expect(nameAt("one/two/", "one/")).toBe("two");
  expect(nameAt("one/a b.csv", "one/")).toBe("a b.csv");
});

it("writes code that reads an object, whatever its name holds", () => {
  expect(codeFor("s3", "b", "a/x.parquet")).toBe('pd.read_parquet("s3://b/a/x.parquet")');
  expect(codeFor("s3", "b", "x.CSV.gz")).toBe('pd.read_csv("s3://b/x.CSV.gz")');
  expect(codeFor("gcs", "b", "x.csv")).toBe('pd.read_csv("gs://b/x.csv")');
  expect(codeFor("s3", "b", 'quo"te.bin')).toBe('fsspec.open("s3://b/quo\\"te.bin").open().read()');
});

it("tells sizes", () => {
  expect([0, 999, 1000, 12_345_678].map(sizeText)).toEqual(["0 bytes", "999 bytes", "1.0 kB", "12 MB"]);
});
