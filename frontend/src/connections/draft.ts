/** What is typed into the form of a connection, and what is sent of it. Pure. */
import { t } from "@lingui/core/macro";
import type { Schemas } from "../wire/http";

export type Kind = Schemas["ConnectionKind"];
export type Connection = Schemas["Connection"];
export type Field = Schemas["ConnectionField"];
export type Value = string | number | boolean;

/** One secret environment variable of the kind `variables`; one that is `isSet` keeps its value while none is typed. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly isSet: boolean;
}

export interface Draft {
  readonly name: string;
  readonly attached: boolean;
  /** Fields that are shown again, as they are typed. */
  readonly values: Readonly<Record<string, Value>>;
  /** Secrets that were typed now; those that are set already never come here. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

const EMPTY_ROW: Row = { name: "", value: "", isSet: false };

/** The form of a new connection, or of one that is changed. */
export function begin(kind: Kind, connection: Connection | null): Draft {
  const values: Record<string, Value> = {};
  for (const field of kind.fields) {
    if (field.secret) continue;
    values[field.name] = connection?.fields?.[field.name] ?? field.default ?? (field.type === "switch" ? false : "");
    // An optional field that was emptied is not filled in again.
    if (connection !== null && connection.fields?.[field.name] === undefined && field.type !== "switch")
      values[field.name] = "";
  }
  const rows = (connection?.secrets ?? []).map((name) => ({ name, value: "", isSet: true }));
  return {
    name: connection?.name ?? "",
    attached: connection?.attached ?? kind.injected,
    values,
    secrets: {},
    rows: kind.names_free ? [...rows, ...(rows.length === 0 ? [EMPTY_ROW] : [])] : [],
  };
}

/** The fields that count now: some only with a certain value of another one. */
export function shown(kind: Kind, draft: Draft): Field[] {
  return kind.fields.filter(({ when }) => {
    if (when === null) return true;
    const value = draft.values[when.field];
    return value !== undefined && when.values.includes(value);
  });
}

/** Whether a secret is stored already. */
export function isSet(field: Field, connection: Connection | null): boolean {
  return connection?.secrets?.includes(field.name) === true;
}

/** What has to be mended before it can be sent, by field; the server looks at everything again. */
export function faults(kind: Kind, draft: Draft, connection: Connection | null): Record<string, string> {
  const found: Record<string, string> = {};
  if (draft.name.trim() === "") found["name"] = t`Give it a name.`;
  for (const field of shown(kind, draft)) {
    if (!field.required) continue;
    const given = field.secret
      ? (draft.secrets[field.name] ?? "") !== "" || isSet(field, connection)
      : draft.values[field.name] !== "";
    if (!given) found[field.name] = t`This is needed.`;
  }
  if (kind.names_free) {
    const names = draft.rows.map((row) => row.name).filter((name) => name !== "");
    if (names.length === 0) found["rows"] = t`Give at least one variable.`;
    else if (new Set(names).size < names.length) found["rows"] = t`Two variables have the same name.`;
  }
  return found;
}

/** The fields to send: all of a new connection; of one that is changed, what is another now. */
export function fieldsOf(kind: Kind, draft: Draft, connection: Connection | null): Record<string, Value | null> {
  const sent: Record<string, Value | null> = {};
  if (kind.names_free) {
    const kept = new Set(draft.rows.map((row) => row.name));
    for (const name of connection?.secrets ?? []) if (!kept.has(name)) sent[name] = null;
    for (const row of draft.rows) if (row.name !== "" && (!row.isSet || row.value !== "")) sent[row.name] = row.value;
    return sent;
  }
  for (const field of shown(kind, draft)) {
    if (field.secret) {
      const typed = draft.secrets[field.name] ?? "";
      if (typed !== "") sent[field.name] = typed;
      continue;
    }
    const value = draft.values[field.name] ?? "";
    const before = connection?.fields?.[field.name] ?? "";
    if (connection === null ? value !== "" : String(value) !== String(before))
      sent[field.name] = value === "" ? null : value;
  }
  return sent;
}

export const isDatabase = (kind: Kind): boolean => kind.group === "Databases" || kind.group === "Warehouses";

/** Whether there is something to look into. */
export const canBrowse = (kind: Kind | undefined): boolean =>
  kind !== undefined && (isDatabase(kind) || kind.group === "Files");

/** Where a connection leads, in a few words. */
export function target(connection: Connection): string {
  const of = (name: string): string => String(connection.fields?.[name] ?? "");
  const host = of("host") || of("endpoint").replace(/^https?:\/\//, "") || of("account") || of("path");
  const inside = of("database") || of("bucket") || of("project");
  return [host, inside].filter((part) => part !== "").join(" / ");
}
