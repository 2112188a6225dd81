/** What was done with a connection, in words. Pure. */
interface Event {
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const USES: Readonly<Record<string, string>> = {
  kernel: "started a kernel that got it",
  test: "tested it",
  query: "ran a query with it",
  schema: "read which tables it has",
  rows: "looked at a table in it",
  browse: "looked into it",
  preview: "looked at an object in it",
  upload: "put an object into it",
  download: "fetched an object from it",
};

export function whatHappened({ action, detail }: Event): string {
  switch (action) {
    case "connection added":
      return "added it";
    case "connection changed":
      return changes(detail);
    case "connection used": {
      const use = text(detail["for"]);
      return USES[use] ?? `used it: ${use}`;
    }
    default:
      return action;
  }
}

function changes(detail: Readonly<Record<string, unknown>>): string {
  const found: string[] = [];
  if (detail["name_before"] !== undefined) found.push(`renamed it from ${text(detail["name_before"])}`);
  if (detail["attached"] !== undefined)
    found.push(detail["attached"] === true ? "let code use it" : "took it away from code");
  if (Array.isArray(detail["fields"])) found.push(`changed ${detail["fields"].map(String).join(", ")}`);
  return found.join(", ");
}
