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

const NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"];

it("writes code that reads an object, whatever its name holds", () => {
  expect(codeFor("s3", "b", "a/x.parquet", NAMES)).toBe('pd.read_parquet("s3://b/a/x.parquet")');
  expect(codeFor("s3", "b", "x.CSV.gz", NAMES)).toBe('pd.read_csv("s3://b/x.CSV.gz")');
  expect(codeFor("gcs", "b", "x.csv", [])).toBe('pd.read_csv("gs://b/x.csv")');
  expect(codeFor("s3", "b", 'quo"te.bin', NAMES)).toBe('fsspec.open("s3://b/quo\\"te.bin").open().read()');
});

it("names the keys of a connection whose names are not the usual ones", () => {
  const own = ["OLD_AWS_ACCESS_KEY_ID", "OLD_AWS_SECRET_ACCESS_KEY", "OLD_AWS_REGION", "OLD_AWS_ENDPOINT_URL_S3"];
  expect(codeFor("s3", "b", "x.csv", own)).toBe(
    'import os\n\npd.read_csv("s3://b/x.csv", storage_options={"key": os.environ["OLD_AWS_ACCESS_KEY_ID"], ' +
      '"secret": os.environ["OLD_AWS_SECRET_ACCESS_KEY"], "endpoint_url": os.environ["OLD_AWS_ENDPOINT_URL_S3"]})',
  );
  expect(codeFor("gcs", "b", "x.bin", ["NEW_GOOGLE_APPLICATION_CREDENTIALS"])).toBe(
    'import os\n\nfsspec.open("gs://b/x.bin", token=os.environ["NEW_GOOGLE_APPLICATION_CREDENTIALS"]).open().read()',
  );
});

it("tells sizes", () => {
  expect([0, 999, 1000, 12_345_678].map(sizeText)).toEqual(["0 bytes", "999 bytes", "1.0 kB", "12 MB"]);
});
