import { describe, expect, it } from "vitest";
import { relativeTime, timeUntil } from "../../src/ui/relativeTime";

const now = new Date(2026, 5, 15, 14, 30, 0); // local time, a Monday
const at = (day: number, hour: number, minute = 0, second = 0): Date => new Date(2026, 5, day, hour, minute, second);

describe("relativeTime", () => {
  it.each([
    [at(15, 14, 30, 0), "just now"],
    [at(15, 14, 29, 1), "just now"],
    [at(15, 14, 29, 0), "1 min ago"],
    [at(15, 13, 30, 1), "59 min ago"],
    [at(15, 13, 30), "1 h ago"],
    [at(15, 0, 5), "14 h ago"],
    [at(14, 23, 0), "yesterday"],
    [at(14, 0, 1), "yesterday"],
    [at(13, 23, 59), "2 days ago"],
    [at(9, 9, 0), "6 days ago"],
    [at(8, 9, 0), "8 Jun"],
    [new Date(2025, 11, 31, 9), "31 Dec 2025"],
  ])("%s is %s", (then, words) => {
    expect(relativeTime(then, now)).toBe(words);
  });

  it("counts hours over midnight while the night is short", () => {
    expect(relativeTime(at(14, 23, 0), at(15, 2, 0))).toBe("3 h ago");
  });

  it("reads a time of a clock that runs ahead as now", () => {
    expect(relativeTime(at(15, 15), now)).toBe("just now");
  });
});

describe("timeUntil", () => {
  it.each([
    [at(15, 14, 0), "now"],
    [at(15, 14, 45), "in 15 min"],
    [at(15, 20, 30), "in 6 h"],
    [at(16, 13, 0), "tomorrow"],
    [at(22, 14, 30), "in 7 days"],
    [new Date(2026, 8, 1), "on 1 Sept"],
    [new Date(2027, 0, 2), "on 2 Jan 2027"],
  ])("%s is %s", (then, words) => {
    expect(timeUntil(then, now)).toBe(words);
  });
});
