import { t } from "@lingui/core/macro";

/** What was done with a connection, in words. Pure. */
interface Event {
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const USES: Readonly<Record<string, string>> = {
  kernel: t`started a kernel that got it`,
  test: t`tested it`,
  query: t`ran a query with it`,
  schema: t`read which tables it has`,
  rows: t`looked at a table in it`,
  browse: t`looked into it`,
  preview: t`looked at an object in it`,
  upload: t`put an object into it`,
  download: t`fetched an object from it`,
};

export function whatHappened({ action, detail }: Event): string {
  switch (action) {
    case "connection added":
      return t`added it`;
    case "connection changed":
      return changes(detail);
    case "connection used": {
      const use = text(detail["for"]);
      return USES[use] ?? t`used it: ${use}`;
    }
    default:
      return action;
  }
}

function changes(detail: Readonly<Record<string, unknown>>): string {
  const found: string[] = [];
  if (detail["name_before"] !== undefined) found.push(t`renamed it from ${text(detail["name_before"])}`);
  if (detail["attached"] !== undefined)
    found.push(detail["attached"] === true ? t`let code use it` : t`took it away from code`);
  if (Array.isArray(detail["fields"])) found.push(t`changed ${detail["fields"].map(String).join(", ")}`);
  return found.join(", ");
}
