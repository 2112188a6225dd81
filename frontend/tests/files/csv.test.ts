import { expect, test } from "vitest";
import { markOf, readDelimited, tableOf } from "../../src/files/csv";
import { readFrame } from "../../src/frames/bundle";

test("quotes, doubled quotes, line ends of every kind and a byte order mark", () => {
  const text = '\ufeffa,b\r\n"x, ""y""\nz",2\r\n\n3,\r4';
  expect(readDelimited(text, ",", 100)).toEqual([["a", "b"], ['x, "y"\nz', "2"], ["3", ""], ["4"]]);
});

test("the mark is what the first line has most of", () => {
  expect(markOf("a;b;c,d\n1,2,3,4,5,6")).toBe(";");
  expect(markOf("a\tb")).toBe("\t");
  expect(markOf("one column")).toBe(",");
});

test("a file becomes a table with kinds, and what is missing stays missing", () => {
  const frame = readFrame(tableOf("n,x,day,name\n1,0.5,2024-01-31,a\n2,NA,2024-02-01,\n", 100, false));
  expect(frame?.columns.map((column) => column.kind)).toEqual(["integer", "number", "date", "text"]);
  expect(frame?.rows).toBe(2);
  expect(frame?.cells[1]).toEqual(["0.5", 0]);
  expect(frame?.cells[3]).toEqual(["a", 0]);
});

test("a part of a file says that it goes on, and drops the row that was cut", () => {
  const cut = readFrame(tableOf("a\n1\n2\n3", 100, true));
  expect([cut?.rows, cut?.cells[0]]).toEqual([null, ["1", "2"]]);
  const long = readFrame(tableOf("a\n1\n2\n3\n", 2, false));
  expect([long?.rows, long?.cells[0]]).toEqual([null, ["1", "2"]]);
});

test("rows of any length fit the columns, and an empty file is an empty table", () => {
  const frame = readFrame(tableOf("a,,c\n1\n1,2,3,4\n", 100, false));
  expect(frame?.columns.map((column) => column.name)).toEqual(["a", "column 2", "c"]);
  expect(frame?.cells).toEqual([
    ["1", "1"],
    [0, "2"],
    [0, "3"],
  ]);
  expect(readFrame(tableOf("", 100, false))?.columns).toEqual([]);
});
