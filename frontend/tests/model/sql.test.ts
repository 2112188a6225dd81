import { expect, it } from "vitest";
import * as Y from "yjs";
import { CellActions } from "../../src/cells/actions";
import { NotebookUndo } from "../../src/cells/undo";
import { cellMap, cellsOf, headOf } from "../../src/model/cells";
import { freeResult, isResultName, KIND_META, readSql, resultsIn, sqlOf, writtenSql } from "../../src/model/sql";
import { milliseconds, outcomeOf, readRun, summaryOf } from "../../src/sql/report";

it("reads what a cell asks, and leaves out what makes no sense", () => {
  expect(readSql('{"kind":"sql"}')).toEqual({ connection: null, result: null, rows: 1000 });
  expect(readSql('{"kind":"sql","connection":"c","result":"df","rows":0}')).toEqual({
    connection: "c",
    result: "df",
    rows: 0,
  });
  expect(readSql('{"kind":"sql","connection":7,"result":"import","rows":-1}')).toEqual({
    connection: null,
    result: null,
    rows: 1000,
  });
  for (const other of ['{"kind":"input"}', "[]", "sql", '"sql"', ""]) expect(readSql(other)).toBeNull();
});

it("keeps what others keep in the same entry", () => {
  const sql = { connection: null, result: "df_1", rows: 100 };
  const written = writtenSql('{"id":"a","kept":{"x":1}}', sql) ?? "";
  expect(JSON.parse(written)).toEqual({ id: "a", kept: { x: 1 }, kind: "sql", ...sql });
  expect(JSON.parse(writtenSql(written, null) ?? "")).toEqual({ id: "a", kept: { x: 1 } });
  expect(writtenSql('{"kind":"sql"}', null)).toBeNull();
});

it("takes names that Python takes", () => {
  for (const name of ["df_1", "größe", "x"]) expect(isResultName(name)).toBe(true);
  for (const name of ["", "1a", "a b", "class", "_hidden", "a-b", "x".repeat(101)])
    expect(isResultName(name)).toBe(false);
  expect(freeResult(new Set(["df_1", "df_3"]))).toBe("df_2");
});

it("makes, changes and unmakes cells of SQL, each in one step of undo", () => {
  const doc = new Y.Doc();
  const undo = new NotebookUndo(doc, () => undefined);
  const actions = new CellActions(doc, undo);
  const first = actions.insertSql(null, "c");
  const code = actions.insert(first, "code", "select 1");
  actions.makeSql([first, code]);
  const of = (id: string) => cellMap(cellsOf(doc), id) ?? new Y.Map<unknown>();
  expect(sqlOf(of(first))).toEqual({ connection: "c", result: "df_1", rows: 1000 });
  expect(sqlOf(of(code))?.result).toBe("df_2");
  expect(headOf(code, of(code))?.language).toBe("sql");
  expect(resultsIn(cellsOf(doc))).toEqual(new Set(["df_1", "df_2"]));
  actions.setSql(code, { rows: 0 });
  expect(sqlOf(of(code))?.rows).toBe(0);
  undo.undo();
  expect(sqlOf(of(code))?.rows).toBe(1000);
  actions.setType([code], "code");
  expect(headOf(code, of(code))?.language).toBe("code");
  expect((of(code).get("meta") as Y.Map<unknown>).has(KIND_META)).toBe(false);
});

it("tells of a run in words, and of nonsense nothing", () => {
  const told = {
    version: 1,
    connection: "Shop",
    result: "df_1",
    ms: 1234.5,
    statements: [
      { statement: "INSERT", ms: 1, rows: null, changed: 1 },
      { statement: "SELECT", ms: 3, rows: 1000, changed: null },
    ],
    rows: 1000,
    is_partial: true,
    uses: ["a", 7],
    partial: [],
  };
  const run = readRun(told);
  if (run === null) throw new Error("it was not read");
  expect(summaryOf(run)).toBe("The first 1,000 rows");
  expect(run.statements.map(outcomeOf)).toEqual(["1 row changed", "1,000 rows"]);
  expect(run.uses).toEqual(["a"]);
  expect(summaryOf({ ...run, rows: null })).toBe("1 row changed");
  expect(summaryOf({ ...run, rows: null, statements: [] })).toBe("Done");
  expect([milliseconds(3.21), milliseconds(42), milliseconds(1234.5)]).toEqual(["3.2 ms", "42 ms", "1.23 s"]);
  for (const other of [null, "x", {}, { version: 2, statements: [] }]) expect(readRun(other)).toBeNull();
});
