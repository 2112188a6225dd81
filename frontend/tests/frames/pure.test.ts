import { describe, expect, it } from "vitest";
import { isWhole, readFrame, storedRows, type Cell, type Column, type Frame, type Kind } from "../../src/frames/bundle";
import { copied, figure, grouped, rowName, share, short, styleOf, wordOf, written } from "../../src/frames/format";
import { columnsBetween, edges, MOST_HEIGHT, rowsBetween, Tall } from "../../src/frames/layout";
import { canTell, localRows, seconds, spanOf } from "../../src/frames/local";
import { asTsv, move } from "../../src/frames/selection";
import {
  columnsShown,
  filtered,
  filterWords,
  movedBefore,
  movedBy,
  operationsFor,
  PLAIN,
  sortedBy,
} from "../../src/frames/view";

const column = (at: number, kind: Kind, name = `c${at}`): Column => ({ at, name, type: kind, kind, profile: null });

const stored = (given: object): unknown => ({
  version: 1,
  frame: "f-1",
  name: "df",
  library: "pandas",
  form: "DataFrame",
  rows: 4,
  columns_total: 2,
  columns: [
    { name: "n", type: "int64", kind: "integer", profile: { missing: 1, of: 4, bins: [1, 2], from: 0, to: 9 } },
    { name: "t", type: "str", kind: "text" },
  ],
  index: [{ name: "", type: "int64", kind: "integer" }],
  cells: [
    ["3", "1", 0, "2"],
    ["b", "a", ["long", 900], 0],
  ],
  index_cells: [["0", "1", "2", "3"]],
  ...given,
});

function frame(given: object = {}): Frame {
  const read = readFrame(stored(given));
  if (read === null) throw new Error("not a frame");
  return read;
}

describe("a stored table", () => {
  it("is read with its profiles and its longer texts", () => {
    const read = frame();
    expect(read.columns[0]?.profile?.bins).toEqual([1, 2]);
    expect(read.cells[1]?.[2]).toEqual(["long", 900]);
    expect(read.index[0]?.at).toBe(-1);
    expect(isWhole(read)).toBe(true);
    expect(isWhole(frame({ rows: 5 }))).toBe(false);
    expect(isWhole(frame({ columns_total: 3 }))).toBe(false);
  });

  it.each([
    null,
    "text",
    [],
    { version: 2 },
    stored({ cells: [["1"]] }),
    stored({ cells: [["1"], ["a", "b"]] }),
    stored({ columns: "no" }),
  ])("is not read from %j", (given) => {
    expect(readFrame(given)).toBeNull();
  });

  it("takes nothing on trust", () => {
    const read = frame({
      rows: -1,
      columns: [
        { name: 5, kind: "made up", profile: { missing: "x", of: -1, bins: ["a", null], top: [["a"], [7, 1]] } },
        null,
      ],
      cells: [
        [99, { a: 1 }, null, true],
        ["", "", "", ""],
      ],
    });
    expect(read.rows).toBeNull();
    expect(read.columns[0]).toMatchObject({ name: "", kind: "object", profile: { missing: 0, of: 0, bins: [0, 0] } });
    expect(read.cells[0]).toEqual([0, 0, 0, 0]);
    expect(storedRows(read)).toBe(4);
  });
});

describe("cells are written", () => {
  const all = (kind: Kind, cells: Cell[], name?: string): string[] => {
    const style = styleOf(column(0, kind, name), cells);
    return cells.map((cell) => written(cell, style));
  };

  it("with the digits that line up", () => {
    expect(all("number", ["1.5", "0.25", "10.0"])).toEqual(["1.50", "0.25", "10.00"]);
    expect(all("number", ["1.0", "2.0"])).toEqual(["1", "2"]);
    expect(all("number", ["1234567.891", "2.5"])).toEqual(["1,234,567.89", "2.50"]);
    expect(all("number", ["1e-07", "2e-09"])).toEqual(["1.000e-7", "2.000e-9"]);
    expect(all("number", ["1e300"])).toEqual(["1.000e300"]);
  });

  it("with groups of digits, but not in years and ids", () => {
    expect(all("integer", ["1234567", "-12"])).toEqual(["1,234,567", "-12"]);
    expect(all("integer", ["2024", "1999"])).toEqual(["2024", "1999"]);
    expect(all("integer", ["1234567"], "user_id")).toEqual(["1234567"]);
    expect(grouped("123456789012345678901234")).toBe("123,456,789,012,345,678,901,234");
  });

  it("without what all dates share", () => {
    expect(all("datetime", ["2024-01-05 00:00:00", "2024-01-06 00:00:00"])).toEqual(["2024-01-05", "2024-01-06"]);
    expect(all("datetime", ["2024-01-05 13:00:00+01:00", "2024-01-06 00:00:00+01:00"])).toEqual([
      "2024-01-05 13:00",
      "2024-01-06 00:00",
    ]);
    expect(all("datetime", ["2024-01-05 13:00:07.250000"])).toEqual(["2024-01-05 13:00:07.25"]);
    expect(all("datetime", ["2024-03-31 01:00:00+01:00", "2024-03-31 03:00:00+02:00"])[1]).toContain("+02:00");
    expect(all("duration", ["0 days 02:00:00", "3 days 00:00:00"])).toEqual(["02:00:00", "3 days"]);
  });

  it("with names for what is missing, and one line for several", () => {
    expect(all("number", [0, 1, 2, 3, 4])).toEqual(["null", "NaN", "∞", "−∞", "NaT"]);
    expect(all("text", ["a\nb\tc", ["long", 900]])).toEqual(["a↵b⇥c", "long…"]);
  });

  it("of one row by what its table calls it", () => {
    expect(rowName(["28184"], 0)).toBe("28184");
    expect(rowName(["north", ["a very long", 900], 0], 4)).toBe("north · a very long… · null");
    expect(rowName([], 1200)).toBe("1,201");
    expect(rowName([undefined], 7)).toBe("8");
    expect([wordOf(0), wordOf(2), wordOf("nan"), wordOf(undefined)]).toEqual(["null", "∞", null, null]);
  });

  it("in short in headers", () => {
    expect([0.123456, 12.345, 9999, 123456, 1234567, 2.5e12, 1e-9, 1e20].map(short)).toEqual([
      "0.123", "12.35", "9999", "123,456", "1.23M", "2.5T", "1.0e-9", "1.0e20",
    ]); // prettier-ignore
    expect(figure("2024-01-05 13:00:00+01:00", "datetime")).toBe("2024-01-05");
    expect([share(0, 9), share(1, 10_000), share(1, 3), share(9999, 10_000)]).toEqual([
      "0 %",
      "<0.1 %",
      "33 %",
      ">99.9 %",
    ]);
  });
});

describe("a view", () => {
  const five = [0, 1, 2, 3, 4].map((at) => column(at, "text"));
  const names = (view = PLAIN): number[] => {
    const { pinned, rest } = columnsShown(five, view);
    return [...pinned, ...rest].map((one) => one.at);
  };

  it("sorts by a click up, down and off, and by several with shift", () => {
    const up = sortedBy(PLAIN, 1, false);
    const down = sortedBy(up, 1, false);
    expect([up.sort, down.sort, sortedBy(down, 1, false).sort]).toEqual([
      [{ column: 1, descending: false }],
      [{ column: 1, descending: true }],
      [],
    ]);
    const both = sortedBy(down, 2, true);
    expect(both.sort.map((key) => key.column)).toEqual([1, 2]);
    expect(sortedBy(both, 1, true).sort).toEqual([{ column: 2, descending: false }]);
    expect(sortedBy(both, 0, false).sort).toHaveLength(1);
  });

  it("moves, pins and hides columns", () => {
    expect(names(movedBefore(five, PLAIN, 4, 1))).toEqual([0, 4, 1, 2, 3]);
    expect(names(movedBefore(five, PLAIN, 0, null))).toEqual([1, 2, 3, 4, 0]);
    expect(names(movedBy(five, PLAIN, 2, 1))).toEqual([0, 1, 3, 2, 4]);
    expect(names(movedBy(five, PLAIN, 2, -1))).toEqual([0, 2, 1, 3, 4]);
    expect(movedBy(five, PLAIN, 0, -1)).toBe(PLAIN);
    expect(movedBy(five, PLAIN, 4, 1)).toBe(PLAIN);
    expect(names({ ...movedBy(five, PLAIN, 2, 1), pinned: [4], hidden: [0] })).toEqual([4, 1, 3, 2]);
  });

  it("says its filters in words", () => {
    const words = (kind: Kind, operation: "between" | "missing" | "in" | ">=", values: string[]): string =>
      filterWords({ column: 0, operation, values }, column(0, kind, "price"));
    expect(words("number", "between", ["1", "2"])).toBe("price is between 1 and 2");
    expect(words("number", "missing", [])).toBe("price is missing");
    expect(words("category", "in", ["a", "b", "c", "d"])).toBe("price is one of a, b, c and 1 more");
    expect(words("date", ">=", ["2024-01-01"])).toBe("price is from 2024-01-01");
    expect(operationsFor("nested")).toEqual(["missing", "present"]);
    expect(filtered(filtered(PLAIN, 0, { column: 0, operation: "missing", values: [] }), 0, null).filters).toEqual([]);
  });
});

describe("rows that are all stored", () => {
  const rows = (view: Partial<typeof PLAIN>, given = frame()): readonly number[] =>
    localRows(given, storedRows(given), { ...PLAIN, ...view });

  it("are sorted with what is missing last, either way", () => {
    expect(rows({ sort: [{ column: 0, descending: false }] })).toEqual([1, 3, 0, 2]);
    expect(rows({ sort: [{ column: 0, descending: true }] })).toEqual([0, 3, 1, 2]);
    const same = frame({ cells: [["1", "1", "1", "0"], ["b", "a", "c", "d"]] }); // prettier-ignore
    expect(
      rows({ sort: [{ column: 0, descending: true }, { column: 1, descending: true }] }, same), // prettier-ignore
    ).toEqual([2, 0, 1, 3]);
  });

  it("are filtered by kind, and searched in all columns", () => {
    expect(rows({ filters: [{ column: 0, operation: ">=", values: ["2"] }] })).toEqual([0, 3]);
    expect(rows({ filters: [{ column: 0, operation: "missing", values: [] }] })).toEqual([2]);
    expect(rows({ filters: [{ column: 1, operation: "contains", values: ["LO"] }] })).toEqual([2]);
    expect(rows({ filters: [{ column: 1, operation: "not in", values: ["a"] }] })).toEqual([0, 2]);
    expect(rows({ filters: [{ column: 0, operation: "between", values: ["1", "2"] }] })).toEqual([1, 3]);
    expect(rows({ search: "b" })).toEqual([0]);
    expect(rows({ search: "3" })).toEqual([0, 3]);
    const numbered = frame({ cells: [["13", "3", 0, "2"], ["2024-01-05", "1.3", "x", "30"]] }); // prettier-ignore
    expect(rows({ search: "3" }, numbered)).toEqual([1, 3]); // a number as a whole, a text anywhere
  });

  it("are searched for a month, a day or a minute", () => {
    expect(spanOf("2024-12")).toEqual(["2024-12-01 00:00:00", "2025-01-01 00:00:00"]);
    expect(spanOf("2024-02-29")).toEqual(["2024-02-29 00:00:00", "2024-03-01 00:00:00"]);
    expect(spanOf("2024-02-29 10:30")).toEqual(["2024-02-29 10:30:00", "2024-02-29 10:31:00"]);
    expect(["2024", "2024-13", "2024-02-29 10", "par"].map(spanOf)).toEqual([null, null, null, null]);
    const dated = frame({
      columns: [
        { name: "at", kind: "datetime" },
        { name: "t", kind: "text" },
      ],
      cells: [["2024-01-05 23:59:59", "2024-01-06 00:00:00", 0, "2024-02-01 00:00:00"], ["", "", "", ""]], // prettier-ignore
    });
    expect([rows({ search: "2024-01-05" }, dated), rows({ search: "2024-01" }, dated)]).toEqual([[0], [0, 1]]);
  });

  it("are told apart where a double or the browser's zone would not", () => {
    const long = frame({ cells: [["1152921504606846977", "1152921504606846976", "5", "7"], ["b", "a", "c", "d"]] }); // prettier-ignore
    expect(rows({ sort: [{ column: 0, descending: false }] }, long)).toEqual([2, 3, 1, 0]);
    expect(rows({ filters: [{ column: 0, operation: "=", values: ["1152921504606846976"] }] }, long)).toEqual([1]);
    const zoned = frame({
      columns: [
        { name: "at", kind: "datetime" },
        { name: "t", kind: "text" },
      ],
      cells: [["2024-01-01 00:00:00+05:00", "2024-07-01 00:30:00+06:00", 0, "2024-01-02 00:00:00+05:00"], ["", "", "", ""]], // prettier-ignore
    });
    const from = (value: string): readonly number[] =>
      rows({ filters: [{ column: 0, operation: ">=", values: [value] }] }, zoned);
    expect(from("2024-01-01")).toEqual([0, 1, 3]);
    expect(from("2024-01-01 00:01")).toEqual([1, 3]);
    expect(from("2024-07-01 00:00:00+06:00")).toEqual([1]);
  });

  it("are left to the kernel by a pattern, and where only the beginning of a text is stored", () => {
    const asks = (view: Partial<typeof PLAIN>): boolean => !canTell(frame(), { ...PLAIN, ...view });
    expect(asks({ filters: [{ column: 0, operation: "regex", values: ["1"] }] })).toBe(true);
    expect(asks({ filters: [{ column: 1, operation: "contains", values: ["a"] }] })).toBe(true);
    expect(asks({ search: "a" })).toBe(true);
    expect(asks({ filters: [{ column: 0, operation: "=", values: ["1"] }] })).toBe(false);
    expect(asks({ sort: [{ column: 1, descending: true }] })).toBe(false);
  });

  it("knows durations", () => {
    expect([seconds("1 days 02:00:00"), seconds("-00:00:01.5"), seconds("90")]).toEqual([93_600, -1.5, 90]);
  });
});

describe("windows", () => {
  it("hold what shows and a little more, in both directions", () => {
    const at = edges([100, 100, 100, 100, 100, 100]);
    expect(columnsBetween(at, 210, 290, 1)).toEqual({ start: 1, end: 4 });
    expect(columnsBetween(at, 0, 10_000)).toEqual({ start: 0, end: 6 });
    expect(rowsBetween(280, 280, 28, 1000, 2)).toEqual({ start: 8, end: 22 });
    expect(rowsBetween(0, 280, 28, 3)).toEqual({ start: 0, end: 3 });
  });

  it("reach every row of a table that is taller than a page can be", () => {
    const tall = new Tall(10_000_000, 28);
    const view = 600;
    expect(tall.height).toBe(MOST_HEIGHT);
    expect(tall.scrolled(0, view)).toBe(0);
    expect(tall.scrolled(28, view)).toBe(28);
    expect(tall.scrolled(tall.height - view, view)).toBe(tall.total - view);
    const middle = tall.scrolled(Math.round((tall.height - view) / 2), view);
    expect(middle / tall.total).toBeCloseTo(0.5, 3);
    // A turn of the wheel moves by as much there, not by as much as the scrollbar stands for.
    expect(tall.scrolled(Math.round((tall.height - view) / 2) + 100, view) - middle).toBe(100);
    for (const row of [0, 1, 4_999_999, 9_999_000]) {
      const top = tall.reach(row * 28, view);
      expect(top + tall.shift).toBe(row * 28);
      expect(tall.scrolled(top, view)).toBe(row * 28);
    }
  });
});

describe("the keyboard and the clipboard", () => {
  const size = { rows: 100, places: 5, page: 10 };

  it("moves as grids do", () => {
    const from = { row: 50, place: 2 };
    expect(move(from, "ArrowUp", false, size)).toEqual({ row: 49, place: 2 });
    expect(move(from, "ArrowDown", true, size)).toEqual({ row: 99, place: 2 });
    expect(move(from, "PageDown", false, size)).toEqual({ row: 60, place: 2 });
    expect(move(from, "Home", true, size)).toEqual({ row: 0, place: 0 });
    expect(move({ row: 0, place: 4 }, "ArrowUp", false, size)).toEqual({ row: -1, place: 4 });
    expect(move({ row: 0, place: 4 }, "ArrowRight", false, size)).toEqual({ row: 0, place: 4 });
    expect(move(from, "x", false, size)).toBeNull();
  });

  it("copies what spreadsheets take", () => {
    const cells = [["1", 0, ['say "hi"\tthere', 16]] as const, ["2", 1, 2] as const];
    const text = asTsv(
      { rows: { start: 0, end: 2 }, places: { start: 0, end: 3 } },
      [column(0, "integer"), column(1, "number"), column(2, "text")],
      (row, at) => cells[row]?.[at],
    );
    expect(text).toBe('c0\tc1\tc2\n1\t\t"say ""hi""\tthere"\n2\t\tinf');
    expect(copied(4)).toBe("");
  });
});
