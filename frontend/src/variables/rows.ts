/** Which rows the table shows: filtered, sorted, with what is unfolded in its place. Pure. */

import { t } from "@lingui/core/macro";
import type { Variable } from "../wire/variables";

export type SortKey = "name" | "type" | "shape" | "size";
export interface Sort {
  readonly key: SortKey;
  readonly down: boolean;
}

/** A variable's name, then positions inside it. */
export type Path = readonly (string | number)[];

export const keyOf = (path: Path): string => JSON.stringify(path);

export type KindGroup = "data" | "values" | "code" | "modules";

export const GROUPS: readonly { readonly id: KindGroup; readonly label: string }[] = [
  { id: "data", label: t`Tables and arrays` },
  { id: "values", label: t`Other values` },
  { id: "code", label: t`Functions and classes` },
  { id: "modules", label: t`Modules` },
];

/** Modules are seldom looked for, so they are hidden at first. */
export const SHOWN_AT_FIRST: ReadonlySet<KindGroup> = new Set(["data", "values", "code"]);

const GROUP_OF: Readonly<Record<string, KindGroup>> = {
  frame: "data",
  array: "data",
  function: "code",
  class: "code",
  module: "modules",
};

export const groupOf = (item: Variable): KindGroup => GROUP_OF[item.kind] ?? "values";

/** What was asked of the kernel about one unfolded row. */
export type Inside =
  | { readonly state: "asking" }
  | { readonly state: "failed"; readonly reason: string }
  | { readonly state: "known"; readonly items: readonly Variable[]; readonly total: number };

export type Row =
  | {
      readonly kind: "item";
      readonly path: Path;
      readonly item: Variable;
      readonly depth: number;
      readonly open: boolean;
    }
  | { readonly kind: "note"; readonly path: Path; readonly depth: number; readonly text: string }
  | {
      readonly kind: "more";
      readonly path: Path;
      readonly depth: number;
      readonly start: number;
      readonly left: number;
    };

export interface View {
  readonly text: string;
  readonly groups: ReadonlySet<KindGroup>;
  readonly sort: Sort;
}

export function chosen(items: Iterable<Variable>, view: View): Variable[] {
  const wanted = view.text.trim().toLowerCase();
  const found = [...items].filter(
    (item) =>
      view.groups.has(groupOf(item)) &&
      (wanted === "" || item.name.toLowerCase().includes(wanted) || item.type.toLowerCase().includes(wanted)),
  );
  return found.sort((a, b) => (view.sort.down ? -1 : 1) * compare(a, b, view.sort.key) || byName(a, b));
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const byName = (a: Variable, b: Variable): number => names.compare(a.name, b.name);

function compare(a: Variable, b: Variable, key: SortKey): number {
  switch (key) {
    case "name":
      return byName(a, b);
    case "type":
      return names.compare(a.type, b.type);
    case "shape":
      return count(a) - count(b);
    case "size":
      return (a.size ?? -1) - (b.size ?? -1);
  }
}

/** How many elements a value has, so that shapes have an order. */
const count = (item: Variable): number =>
  item.shape == null ? (item.length ?? -1) : item.shape.reduce((all, one) => all * one, 1);

export function rowsOf(items: readonly Variable[], inside: ReadonlyMap<string, Inside>): Row[] {
  const rows: Row[] = [];
  const add = (item: Variable, path: Path): void => {
    const held = item.children === true ? inside.get(keyOf(path)) : undefined;
    const depth = path.length - 1;
    rows.push({ kind: "item", path, item, depth, open: held !== undefined });
    if (held === undefined) return;
    if (held.state === "asking") rows.push({ kind: "note", path, depth: depth + 1, text: t`Asking the kernel` });
    if (held.state === "failed") rows.push({ kind: "note", path, depth: depth + 1, text: held.reason });
    if (held.state !== "known") return;
    held.items.forEach((child, index) => add(child, [...path, index]));
    const left = held.total - held.items.length;
    if (left > 0) rows.push({ kind: "more", path, depth: depth + 1, start: held.items.length, left });
  };
  for (const item of items) add(item, [item.name]);
  return rows;
}
