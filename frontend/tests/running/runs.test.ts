import { describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { RuntimeIndex } from "../../src/model/index";
import { marksOf, saidOf } from "../../src/running/marks";
import { LONG_MS, RunNews } from "../../src/running/notify";
import { endedText, follow, titled, type CellRun } from "../../src/running/runs";

const cell = (id: string, state: CellRun["state"], started: number | null = null, run = "r"): CellRun => ({
  cell: id,
  run,
  by: "me",
  state,
  started,
});
const nameOf = (id: string): string => `cell ${id}`;

describe("a run of several cells", () => {
  it("ends once, when none of its cells waits or runs", () => {
    let step = follow(new Map(), [cell("1", "running", 1000), cell("2", "queued")], 1000);
    expect(step.ended).toEqual([]);
    step = follow(step.going, [cell("1", "done", 1000), cell("2", "running", 3000)], 3000);
    expect(step.ended).toEqual([]);
    step = follow(step.going, [cell("1", "done", 1000), cell("2", "done", 3000)], 61_000);
    expect(step.ended).toEqual([{ run: "r", by: "me", cells: 2, failed: [], wasStopped: false, tookMs: 60_000 }]);
    expect(follow(step.going, [], 62_000).ended).toEqual([]);
  });

  it("says which cell failed, and that it was stopped", () => {
    const going = follow(new Map(), [cell("1", "running", 0), cell("2", "queued")], 0).going;
    const [failed] = follow(going, [cell("1", "error", 0), cell("2", "cancelled")], 5000).ended;
    expect(failed && endedText(failed, "5 s", nameOf)).toBe("Cell 1 failed after 5 s");
    const [stopped] = follow(going, [cell("1", "cancelled", 0), cell("2", "cancelled")], 5000).ended;
    expect(stopped && endedText(stopped, "5 s", nameOf)).toBe("The run was stopped after 5 s");
  });
});

describe("news", () => {
  function newsOf() {
    const show = vi.fn();
    const clock = { now: 0, seen: true };
    const news = new RunNews({
      now: () => clock.now,
      isLookedAt: () => clock.seen,
      nameOf,
      title: () => "Notes",
      show,
      goTo: () => undefined,
    });
    news.setMe("me");
    return { news, show, clock };
  }

  it("comes once, for long runs of one's own", () => {
    const { news, show, clock } = newsOf();
    news.changed([cell("1", "running", 0), { ...cell("9", "running", 0, "other"), by: "bob" }]);
    expect(news.tab.get()).toBe("running");
    clock.now = LONG_MS;
    clock.seen = false;
    news.changed([cell("1", "done", 0), { ...cell("9", "done", 0, "other"), by: "bob" }]);
    news.changed([cell("1", "done", 0)]);
    expect(show.mock.calls).toEqual([["Your cell has run, in 20 s", null, false]]);
    expect(news.tab.get()).toBe("done");
    news.seen();
    expect(news.tab.get()).toBeNull();
  });

  it("says nothing of short runs", () => {
    const { news, show, clock } = newsOf();
    news.changed([cell("1", "running", 0)]);
    clock.now = LONG_MS - 1;
    news.changed([cell("1", "done", 0)]);
    expect(show).not.toHaveBeenCalled();
    expect(news.tab.get()).toBeNull();
  });

  it("stands in the title", () => {
    expect([titled("Notes", "running"), titled("Notes", "failed"), titled("", null)]).toEqual([
      "▶ Notes · Commonbook",
      "✗ Notes · Commonbook",
      "Commonbook",
    ]);
  });
});

describe("the map", () => {
  it("marks what runs, waits, failed or is stale, and says it in words", () => {
    const doc = new Y.Doc();
    const run = (state: string, more: object = {}) =>
      new Y.Map<unknown>([["run", { run: "r", by: "a", state, ...more }]]);
    const cells = doc.getMap("cells");
    cells.set("a", run("running"));
    cells.set("b", run("error"));
    cells.set("c", run("done"));
    cells.set("d", run("done", { stale: true }));
    const marks = marksOf(["a", "b", "c", "d", "e"], new RuntimeIndex(doc));
    expect(marks.map(({ at, state }) => [at, state])).toEqual([
      [0, "running"],
      [1, "failed"],
      [3, "stale"],
    ]);
    expect(saidOf(marks)).toBe("1 runs, 1 failed, 1 was edited since its output");
  });
});
