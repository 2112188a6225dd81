import { expect, it } from "vitest";
import { EXPIRIES, expiresAt } from "../../src/people/linkExpiry";

const now = new Date("2026-06-15T12:00:00Z");

it.each([
  ["day", "2026-06-16T12:00:00.000Z"],
  ["week", "2026-06-22T12:00:00.000Z"],
  ["month", "2026-07-15T12:00:00.000Z"],
  ["never", null],
] as const)("a link for a %s ends at %s", (expiry, end) => {
  expect(expiresAt(expiry, now)).toBe(end);
});

it("offers each duration once", () => {
  expect(EXPIRIES.map((each) => each.value)).toEqual(["day", "week", "month", "never"]);
});
