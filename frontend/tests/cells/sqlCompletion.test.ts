import { expect, test } from "vitest";
import { columnsNamed, statementAt, written, type Schema } from "../../src/cells/sqlCompletion";

const schema: Schema = [
  {
    schema: "public",
    isNear: true,
    name: "Orders",
    columns: [
      { name: "id", type: "int" },
      { name: "price", type: "numeric" },
    ],
  },
  {
    schema: "public",
    isNear: true,
    name: "people",
    columns: [
      { name: "id", type: "int" },
      { name: "name", type: "text" },
    ],
  },
  { schema: "a", isNear: false, name: "two words", columns: [{ name: "x", type: "int" }] },
];
const names = (statement: string): string[] => columnsNamed(statement, schema).map(({ column }) => column.name);

test("columns are those of the tables that the statement names", () => {
  expect(names("select  from orders o")).toEqual(["id", "price"]);
  expect(names('select from "Orders" join PEOPLE')).toEqual(["id", "price", "name"]);
  expect(names('select from a."two words"')).toEqual(["x"]);
  expect(names("select from reorders")).toEqual([]);
});

test("a statement ends at its semicolon", () => {
  const text = "select 1 from orders; select | from people;";
  expect(statementAt(text, text.indexOf("|"))).toBe(" select | from people");
});

test("a name that is no plain word is quoted as its dialect does", () => {
  const postgres = { open: '"', close: '"', foldsCase: true };
  const sqlServer = { open: "[", close: "]", foldsCase: false };
  expect(["price", "Price", "order", 'a "b"'].map((name) => written(name, postgres))).toEqual([
    "price",
    '"Price"',
    '"order"',
    '"a ""b"""',
  ]);
  expect(["Price", "a]b"].map((name) => written(name, sqlServer))).toEqual(["Price", "[a]]b]"]);
});
