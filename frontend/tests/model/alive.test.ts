import { describe, expect, it } from "vitest";
import { clockText, countdownText, fieldTime, keepChoices, stopText, variablesText } from "../../src/model/alive";
import { endedCalmly } from "../../src/model/kernel";
import { parseServerMessage, type Alive } from "../../src/wire/messages";

const NOON = new Date(2026, 0, 5, 12, 0);
const alive = (more: Partial<Alive>): Alive => ({
  type: "alive",
  because: "A cell is running.",
  stops_at: null,
  warned: false,
  cause: null,
  restarts: "",
  kept_until: null,
  kept_by: null,
  ...more,
});

describe("why a kernel lives", () => {
  it("counts down to the second and never below nothing", () => {
    expect(countdownText(245_000)).toBe("4:05");
    expect(countdownText(3_723_000)).toBe("1:02:03");
    expect(countdownText(-5)).toBe("0:00");
  });

  it("offers the end of the day only while that lies ahead", () => {
    expect(keepChoices(NOON).map((choice) => choice.label)).toEqual(["30 minutes", "2 hours", "Today 18:00"]);
    expect(keepChoices(new Date(2026, 0, 5, 17, 45)).at(-1)?.label).toBe("Tomorrow 9:00");
    for (const choice of keepChoices(NOON)) expect(choice.until.getTime()).toBeGreaterThan(NOON.getTime());
  });

  it("says when it stops, and that an end of a life is no matter of idleness", () => {
    const at = new Date(2026, 0, 5, 12, 40).toISOString();
    expect(stopText(alive({ stops_at: at, cause: "idle" }), NOON)).toBe("Stops at 12:40 unless something happens.");
    expect(stopText(alive({ stops_at: at, cause: "max_life" }), NOON)).toContain("whatever it does");
    const soon = new Date(2026, 0, 5, 12, 0, 20).toISOString();
    expect(stopText(alive({ stops_at: soon, cause: "idle" }), NOON)).toBe(
      "Stops within a minute unless something happens.",
    );
    expect(stopText(alive({}), NOON)).toBe("No stop is in sight.");
  });

  it("names the day of a time that is not today", () => {
    expect(clockText(new Date(2026, 0, 6, 9, 0).toISOString(), NOON)).toBe("Tue 09:00");
    expect(clockText("nonsense", NOON)).toBe("");
  });

  it("fills a field without a time zone by the clock on the wall", () => {
    expect(new Date(fieldTime(NOON)).getTime()).toBe(NOON.getTime());
  });

  it("counts one variable as one", () => {
    expect([variablesText(1), variablesText(12)]).toEqual(["1 variable", "12 variables"]);
  });

  it("takes only deaths that were to be for calm", () => {
    const death = { cause: "idle", reason: "", at: "", cell: null } as never as NonNullable<
      Parameters<typeof endedCalmly>[0]
    >;
    expect(endedCalmly(death)).toBe(true);
    expect(endedCalmly({ ...death, cause: "max_life" })).toBe(true);
    expect(endedCalmly({ ...death, cause: "memory" })).toBe(false);
    expect(endedCalmly(null)).toBe(false);
  });

  it("reads only what the server says of it", () => {
    expect(parseServerMessage('{"type":"alive","because":"x","cause":"magic","stops_at":5}')).toEqual(
      alive({ because: "x" }),
    );
    expect(parseServerMessage('{"type":"notice","kind":"nudge","text":"Please.","by":"Root"}')).toEqual({
      type: "notice",
      kind: "nudge",
      text: "Please.",
      by: "Root",
    });
  });
});
