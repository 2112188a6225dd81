import { describe, expect, it } from "vitest";
import { rank, scoreOf } from "../../src/palette/rank";

const items = ["Run all", "Restart and run all", "Run from here down", "Insert a cell below", "Überblick"].map(
  (title) => ({
    id: title,
    title,
  }),
);
const titles = (query: string, recent: readonly string[] = []): string[] =>
  rank(query, items, recent).map(({ title }) => title);

describe("the palette", () => {
  it("prefers starts of words and letters in a row", () => {
    expect(titles("run all")[0]).toBe("Run all");
    expect(titles("rfh")).toEqual(["Run from here down"]);
    expect(titles("icb")).toEqual(["Insert a cell below"]);
  });

  it("overlooks case and accents", () => {
    expect(titles("uberb")).toEqual(["Überblick"]);
  });

  it("leaves out what lacks a letter", () => {
    expect(scoreOf("runz", "Run all")).toBeNull();
    expect(titles("runz")).toEqual([]);
  });

  it("lifts what was used lately, but not over a better name", () => {
    expect(titles("run", ["Restart and run all"])[0]).toBe("Restart and run all");
    expect(titles("run all", ["Run from here down"])[0]).toBe("Run all");
  });
});
