import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FrameAnswer, FrameQuestion } from "../../src/frames/host";
import { RemoteTable } from "../../src/frames/remote";
import { asked as chartAsked, fitting, firstChart, leftOutWords, specOf } from "../../src/frames/chart";
import { readShared, withShared } from "../../src/frames/shared";
import { PLAIN, type RowsView } from "../../src/frames/view";
import { ApiError } from "../../src/wire/http";
import type { Column } from "../../src/frames/bundle";

const VIEW: RowsView = { sort: [], filters: [], search: "" };

/** A kernel with one table of `rows` rows and 50 columns, whose cells say where they stand. */
class Kernel {
  token = "1.a";
  rows = 1000;
  fails: ApiError | null = null;
  kind = "integer";
  pictures: (string | null)[] = [];
  readonly asked: FrameQuestion[] = [];

  readonly ask = async (question: FrameQuestion): Promise<FrameAnswer> => {
    this.asked.push(question);
    await Promise.resolve();
    if (this.fails !== null) throw this.fails;
    if (question.operation === "open") {
      const columns = Array.from({ length: 50 }, (_, at) => ({ name: `c${at}`, type: "", kind: this.kind }));
      const index = [{ name: "", type: "int64", kind: "integer" }];
      return { token: this.token, rows: this.rows, columns, index };
    }
    const { start = 0, view } = question;
    if (question.operation === "pictures")
      return { token: this.token, start, pictures: this.pictures.slice(start, start + 2) };
    const columns = question.columns ?? [];
    const stop = Math.min(this.rows, question.stop ?? 0);
    const word = view?.search ?? "";
    const cells = columns.map((at) => Array.from({ length: stop - start }, (_, row) => `${word}${start + row}/${at}`));
    return { token: this.token, rows: this.rows, start, stop, cells };
  };
}

let kernel: Kernel;

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel();
});

afterEach(() => {
  vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100);
const pages = (): FrameQuestion[] => kernel.asked.filter((question) => question.operation === "page");

async function opened(): Promise<RemoteTable> {
  const table = await RemoteTable.open(kernel.ask, VIEW, null);
  table.want({ start: 0, end: 30 }, [-1, 0, 1]);
  await settle();
  return table;
}

describe("a table in the kernel", () => {
  it("gets thumbnails of what shows, some at a time, and none that would fetch anything", async () => {
    kernel.kind = "image";
    const png = "data:image/png;base64,AAAA";
    kernel.pictures = [png, null, "https://example.org/spy.png", "data:text/html;base64,AAAA", png];
    kernel.rows = 5;
    const table = await RemoteTable.open(kernel.ask, VIEW, null);
    table.want({ start: 0, end: 30 }, [3]);
    expect(table.picture(0, 3)).toBeUndefined();
    for (let look = 0; look < 4; look += 1) await settle();
    expect([0, 1, 2, 3, 4].map((row) => table.picture(row, 3))).toEqual([png, null, null, null, png]);
    const asked = kernel.asked.filter((question) => question.operation === "pictures");
    expect(asked.map(({ start, stop, column }) => [start, stop, column])).toEqual([
      [0, 5, 3],
      [2, 5, 3],
      [4, 5, 3],
    ]);
  });

  it("is asked for what shows, once, in pages of rows and columns", async () => {
    const table = await opened();
    expect([table.rows, table.cell(29, 1), table.cell(5, -1)]).toEqual([1000, "29/1", "5/-1"]);
    expect(pages().map(({ start, columns }) => [start ?? 0, columns?.length])).toEqual([
      [0, 1],
      [0, 40],
    ]);
    table.want({ start: 10, end: 40 }, [0, 1]);
    await settle();
    expect(pages()).toHaveLength(2);
    table.want({ start: 90, end: 130 }, [0, 45]);
    await settle();
    expect([table.cell(129, 45), table.cell(95, 45), table.cell(500, 0)]).toEqual(["129/45", "95/45", undefined]);
  });

  it("shows nothing of one state beside another after a cell has run", async () => {
    const table = await opened();
    kernel.token = "2.a";
    table.want({ start: 100, end: 130 }, [0]);
    await settle();
    expect(table.cell(100, 0)).toBe("100/0");
    expect(table.cell(0, 0)).toBeUndefined();
    expect(pages().at(-1)?.token).toBe("1.a");
    table.want({ start: 0, end: 30 }, [0]);
    await settle();
    expect([table.cell(0, 0), pages().at(-1)?.token]).toEqual(["0/0", "2.a"]);
  });

  it("shows no rows that are on their way where the first of them are refused", async () => {
    const table = await opened();
    kernel.fails = new ApiError(409, "frame_refused", "Lists have no order.");
    table.setView({ ...VIEW, sort: [{ column: 0, descending: false }] });
    await settle();
    expect([table.rows, table.state.trouble?.kind]).toEqual([0, "refused"]);
    kernel.fails = null;
    table.setView(VIEW);
    await settle();
    expect([table.rows, table.cell(0, 0)]).toEqual([1000, "0/0"]);
  });

  it("keeps what it has when the table changed, and asks no more", async () => {
    const table = await opened();
    kernel.fails = new ApiError(409, "frame_changed", "df has changed.");
    table.want({ start: 200, end: 230 }, [0]);
    await settle();
    expect(table.state.trouble).toEqual({ kind: "changed", reason: "df has changed." });
    expect(table.cell(0, 0)).toBe("0/0");
    const before = kernel.asked.length;
    table.want({ start: 300, end: 330 }, [0]);
    await settle();
    expect(kernel.asked).toHaveLength(before);
  });

  it("asks a busy kernel again by itself", async () => {
    const table = await opened();
    kernel.fails = new ApiError(409, "kernel_busy", "The kernel did not answer.");
    table.want({ start: 200, end: 230 }, [0]);
    await settle();
    expect(table.state.trouble?.kind).toBe("busy");
    kernel.fails = null;
    await vi.advanceTimersByTimeAsync(2500);
    expect([table.cell(200, 0), table.state.trouble]).toEqual(["200/0", null]);
  });

  it("drops the answers to a view that is no longer wanted", async () => {
    const table = await opened();
    table.setView({ ...VIEW, search: "old " });
    vi.advanceTimersByTime(30);
    table.setView({ ...VIEW, search: "new " });
    await settle();
    expect(table.cell(0, 0)).toBe("new 0/0");
    expect(table.state.isFresh).toBe(true);
  });

  it("gets all cells of a selection before they are copied", async () => {
    const table = await opened();
    await Promise.all([table.load({ start: 350, end: 960 }, [3]), settle()]);
    expect([table.cell(350, 3), table.cell(959, 3)]).toEqual(["350/3", "959/3"]);
  });
});

describe("a shared view", () => {
  it("is found by the table's name and read with care", () => {
    const view = { ...PLAIN, search: "x", hidden: [1], tints: { 2: "bars" as const }, widths: { 3: 90 } };
    const text = withShared(withShared(null, "other", PLAIN), "df", view);
    expect(readShared(text, "df")).toEqual(view);
    expect(readShared(text, "nothing")).toBeNull();
    expect(withShared(withShared(text, "df", null), "other", null)).toBeNull();
    const hostile = {
      df: { sort: [{ column: "x" }, 5], filters: [{ column: 1, operation: "drop" }], hidden: "all", tints: { 1: "x" } },
    };
    expect(readShared(JSON.stringify(hostile), "df")).toEqual(PLAIN);
    expect(readShared("no json", "df")).toBeNull();
  });
});

describe("a quick chart", () => {
  const columns = (["category", "number", "datetime", "integer"] as const).map((kind, at): Column => ({
    at,
    name: kind,
    type: kind,
    kind,
    profile: null,
  }));

  it("begins with what says something, and only asks what its kind can draw", () => {
    const time = columns.slice(1, 3);
    expect(firstChart(time)).toMatchObject({ mark: "line", x: 2, y: 1 });
    expect(firstChart(columns.slice(3))).toMatchObject({ mark: "histogram", x: 3 });
    const chart = { mark: "histogram" as const, x: 0, y: 0, color: 0, aggregate: "mean" as const };
    expect(chartAsked(fitting(chart, columns))).toEqual({ mark: "histogram", x: 1, aggregate: "mean" });
    expect(chartAsked({ ...chart, mark: "bar", aggregate: "count" })).toEqual({
      mark: "bar",
      x: 0,
      aggregate: "count",
      color: 0,
    });
  });

  it.each(["bar", "line", "scatter", "histogram", "box"] as const)(
    "of the kind %s draws the kernel's points",
    (mark) => {
      const chart = {
        mark,
        x: mark === "histogram" || mark === "scatter" ? 3 : 0,
        y: 1,
        color: null,
        aggregate: "mean" as const,
      };
      const points = { x: mark === "scatter" ? "2" : "a", y: "1.5", min: "1", q1: "2", median: "3", q3: "4", max: "5" };
      const values = mark === "histogram" ? [{ bin: 0, count: 3 }] : [points];
      const spec = specOf(chart, { values, bounds: [0, 10, "0", "10"] }, columns);
      const drawn = (spec["data"] as { values: Record<string, unknown>[] }).values[0] ?? {};
      if (mark === "histogram") expect(drawn).toEqual({ from: 0, to: 10, rows: 3 });
      else if (mark === "box") expect(drawn).toMatchObject({ min: 1, median: 3, max: 5 });
      else expect(drawn).toMatchObject({ x: mark === "scatter" ? 2 : "a", y: 1.5 });
      expect(spec["description"]).toContain(mark === "histogram" ? "integer" : "number");
    },
  );

  it("says what it leaves out", () => {
    expect(leftOutWords({ sampled: 2_000_000, left_out: 3 })).toBe(
      "From an even sample of 2M rows. 3 smaller groups left out.",
    );
    expect(leftOutWords({})).toBe("");
  });
});
