import { expect, test } from "vitest";
import { found, MOST_SHOWN, rowsText, type DatabaseSchema, type DatabaseTable } from "../../src/schema/find";

const table = (name: string, columns: string[], more: Partial<DatabaseTable> = {}): DatabaseTable => ({
  name,
  is_view: false,
  rows: null,
  is_estimate: false,
  columns: columns.map((each) => ({ name: each, type: "text" })),
  ...more,
});

const schema = (tables: DatabaseTable[], others: DatabaseTable[] = []): DatabaseSchema => ({
  schemas: [
    { name: "public", is_near: true, tables },
    { name: "archive", is_near: false, tables: others },
  ],
  is_cut: false,
  read_at: "2026-01-01T00:00:00Z",
});

test("a table is found by its name, or by a column, which then shows alone", () => {
  const all = schema([table("Orders", ["id", "city"]), table("people", ["id", "name"])], [table("years", ["Total"])]);
  expect(found(all, "").schemas.map((each) => each.tables.length)).toEqual([2, 1]);
  expect(found(all, "order").schemas.map((each) => each.tables.map(({ table: { name } }) => name))).toEqual([
    ["Orders"],
  ]);
  const [only] = found(all, " TOTAL ").schemas;
  expect(only?.name).toBe("archive");
  expect(only?.tables[0]?.isOpen).toBe(true);
  const named = found(all, "name").schemas[0]?.tables[0];
  expect(named?.table.columns.map(({ name }) => name)).toEqual(["name"]);
});

test("of many tables the first are drawn, and the rest is counted", () => {
  const many = Array.from({ length: MOST_SHOWN + 5 }, (_, index) => table(`t${index}`, []));
  const { schemas, left } = found(schema(many, [table("last", [])]), "");
  expect([schemas.length, schemas[0]?.tables.length, left]).toEqual([1, MOST_SHOWN, 6]);
});

test("an estimate is told as one", () => {
  expect(rowsText(table("t", [], { rows: 1204 }))).toBe("1,204 rows");
  expect(rowsText(table("t", [], { rows: 1 }))).toBe("1 row");
  expect(rowsText(table("t", [], { rows: 3_123_456, is_estimate: true }))).toBe("about 3,100,000 rows");
  expect(rowsText(table("t", [], { is_view: true }))).toBe("view");
  expect(rowsText(table("t", []))).toBe("");
});
