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

/** What fsspec calls that which stands in a variable of the environment, by the usual name of that. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  s3: {
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    AWS_ENDPOINT_URL_S3: "endpoint_url",
  },
  gcs: { GOOGLE_APPLICATION_CREDENTIALS: "token" },
};

/**
 * Python that reads an object of a kind of store. The kernel finds the keys in its environment by itself; where another
 * connection has the usual names, `variables` are others, and the code says which.
 */
export function codeFor(kind: string, bucket: string, key: string, variables: readonly string[]): string {
  const address = JSON.stringify(`${kind === "gcs" ? "gs" : "s3"}://${bucket}/${key}`);
  const ending = (/\.([a-z]+)(\.gz)?$/i.exec(key)?.[1] ?? "").toLowerCase();
  const reader = READERS[ending];
  const options = optionsOf(OPTIONS[kind] ?? {}, variables);
  if (reader === undefined) {
    const more = options.map(([option, value]) => `, ${option}=${value}`).join("");
    return `${importOf(options)}fsspec.open(${address}${more}).open().read()`;
  }
  const given = options.map(([option, value]) => `"${option}": ${value}`).join(", ");
  return `${importOf(options)}${reader}(${address}${given === "" ? "" : `, storage_options={${given}}`})`;
}

const importOf = (options: readonly unknown[]): string => (options.length > 0 ? "import os\n\n" : "");

function optionsOf(usual: Readonly<Record<string, string>>, variables: readonly string[]): [string, string][] {
  return Object.entries(usual).flatMap(([name, option]) => {
    const own = variables.find((variable) => variable.endsWith(`_${name}`));
    return own === undefined ? [] : [[option, `os.environ["${own}"]`] satisfies [string, string]];
  });
}
