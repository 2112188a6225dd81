/** Places in an object store, in words and as code. Pure. */

export interface Place {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** The places on the way to one, the bucket first. */
export function crumbs({ bucket, prefix }: Place): { label: string; place: Place }[] {
  const parts = prefix.split("/").slice(0, -1);
  return [
    { label: bucket, place: { bucket, prefix: "" } },
    ...parts.map((label, index) => ({
      label: label === "" ? "/" : label,
      place: { bucket, prefix: `${parts.slice(0, index + 1).join("/")}/` },
    })),
  ];
}

/** What a folder or an object is called at its place. */
export function nameAt(path: string, prefix: string): string {
  return path.slice(prefix.length).replace(/\/$/, "") || "/";
}

const READERS: Readonly<Record<string, string>> = {
  csv: "pd.read_csv",
  feather: "pd.read_feather",
  json: "pd.read_json",
  parquet: "pd.read_parquet",
  pq: "pd.read_parquet",
  xlsx: "pd.read_excel",
};

/** Python that reads an object of a kind of store; the kernel finds the keys in its environment. */
export function codeFor(kind: string, bucket: string, key: string): string {
  const address = JSON.stringify(`${kind === "gcs" ? "gs" : "s3"}://${bucket}/${key}`);
  const ending = (/\.([a-z]+)(\.gz)?$/i.exec(key)?.[1] ?? "").toLowerCase();
  const reader = READERS[ending];
  return reader === undefined ? `fsspec.open(${address}).open().read()` : `${reader}(${address})`;
}
