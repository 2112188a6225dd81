/** Views that somebody shared with everyone: kept with the cell as JSON, by the table's name. Pure. */
import { isRecord } from "./bundle";
import { OPERATIONS, PLAIN, type Filter, type GridView, type SortKey, type Tint } from "./view";

const TINTS: readonly Tint[] = ["scale", "bars", "chips"];

export function readShared(text: string | null, name: string | null): GridView | null {
  const all = parsed(text);
  const found = all[name ?? ""];
  return found === undefined ? null : readView(found);
}

/** The shared views with one put in or, with null, taken out; null when none is left. */
export function withShared(text: string | null, name: string | null, view: GridView | null): string | null {
  const rest = Object.entries(parsed(text)).filter(([key]) => key !== (name ?? ""));
  const all = view === null ? rest : [...rest, [name ?? "", view] as const];
  return all.length === 0 ? null : JSON.stringify(Object.fromEntries(all));
}

function parsed(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** A view as other people's pages wrote it: taken where it makes sense, plain where not. */
function readView(value: unknown): GridView {
  if (!isRecord(value)) return PLAIN;
  const pairs = (field: unknown): [string, unknown][] => (isRecord(field) ? Object.entries(field) : []);
  return {
    sort: records(value["sort"]).flatMap((key): SortKey[] =>
      isAt(key["column"]) ? [{ column: key["column"], descending: key["descending"] === true }] : [],
    ),
    filters: records(value["filters"]).flatMap((each): Filter[] => {
      const operation = OPERATIONS.find((one) => one === each["operation"]);
      const values = Array.isArray(each["values"]) ? each["values"].filter((one) => typeof one === "string") : [];
      return isAt(each["column"]) && operation !== undefined ? [{ column: each["column"], operation, values }] : [];
    }),
    search: typeof value["search"] === "string" ? value["search"] : "",
    order: ats(value["order"]),
    hidden: ats(value["hidden"]),
    pinned: ats(value["pinned"]),
    wrapped: ats(value["wrapped"]),
    widths: Object.fromEntries(
      pairs(value["widths"]).filter((pair): pair is [string, number] => typeof pair[1] === "number"),
    ),
    tints: Object.fromEntries(
      pairs(value["tints"]).flatMap(([at, tint]) => {
        const known = TINTS.find((one) => one === tint);
        return known === undefined ? [] : [[at, known]];
      }),
    ),
  };
}

const isAt = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value);
const ats = (value: unknown): number[] => (Array.isArray(value) ? value.filter(isAt) : []);
const records = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

export const sameView = (a: GridView, b: GridView): boolean => JSON.stringify(a) === JSON.stringify(b);
