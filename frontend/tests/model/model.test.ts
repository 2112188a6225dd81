import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { attachmentsOf, cellMap, cellsOf, gapAfter, orderOf, stretch } from "../../src/model/cells";
import { newId } from "../../src/model/ids";
import { RuntimeIndex, SourceIndex } from "../../src/model/index";
import { hereText, readPresence, roomColors, uniquePeople } from "../../src/model/people";
import { placeBetween, placesBetween } from "../../src/model/positions";
import { limitText } from "../../src/model/rights";
import { durationMs, labelOf, queueOf, readRun, wordOf } from "../../src/model/run";
import { savedState } from "../../src/model/saved";
import { durationText, momentText, sizeText } from "../../src/model/time";
import { readKernel, restWord } from "../../src/model/kernel";
import { addCell, textIn } from "../support/fakeServer";

/** A small generator with a seed, so that a failure can be seen again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe("places", () => {
  it("always lie strictly between, wherever cells are put", () => {
    const random = seeded(7);
    const keys: string[] = [];
    for (let step = 0; step < 400; step += 1) {
      const at = Math.floor(random() * (keys.length + 1));
      const [low, high] = [keys[at - 1] ?? null, keys[at] ?? null];
      const key = placeBetween(low, high, random);
      expect(low === null || low < key).toBe(true);
      expect(high === null || key < high).toBe(true);
      keys.splice(at, 0, key);
    }
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(64);
  });

  it("differ for two people at the same spot", () => {
    expect(placeBetween("a0", "a1", seeded(1))).not.toBe(placeBetween("a0", "a1", seeded(2)));
  });

  it("survive equal and damaged neighbours", () => {
    const random = seeded(3);
    expect(placeBetween("a0", "a0", random) > "a0").toBe(true);
    expect(placeBetween("!!", null, random)).not.toBe("");
    expect(placeBetween("a1", "a0", random) > "a1").toBe(true);
  });

  it("of several cells are in order", () => {
    const keys = placesBetween("a0", "a1", 5, seeded(5));
    expect([...keys].sort()).toEqual(keys);
    expect(new Set(keys).size).toBe(5);
  });
});

describe("the order", () => {
  it("is by place, then by id, as ASCII text, without the deleted", () => {
    const doc = new Y.Doc();
    addCell(doc, "cell-bbbbbbbbbb", "", "a1");
    addCell(doc, "cell-aaaaaaaaaa", "", "a1");
    addCell(doc, "cell-cccccccccc", "", "Zz");
    addCell(doc, "cell-dddddddddd", "", "a0");
    const cells = cellsOf(doc);
    expect(orderOf(cells)).toEqual(["cell-cccccccccc", "cell-dddddddddd", "cell-aaaaaaaaaa", "cell-bbbbbbbbbb"]);
    cellMap(cells, "cell-dddddddddd")?.set("deleted", 1);
    expect(orderOf(cells)).not.toContain("cell-dddddddddd");
    expect(gapAfter(cells, "cell-cccccccccc")).toEqual(["Zz", "a0"]);
    expect(gapAfter(cells, null)).toEqual([null, "Zz"]);
  });

  it("is told once for a change of places and never for typing", () => {
    const doc = new Y.Doc();
    addCell(doc, "cell-aaaaaaaaaa", "", "a0");
    addCell(doc, "cell-bbbbbbbbbb", "", "a1");
    const index = new SourceIndex(doc);
    const before = index.order();
    let orders = 0;
    let heads = 0;
    index.subscribeOrder(() => (orders += 1));
    index.subscribeCell("cell-aaaaaaaaaa", () => (heads += 1));
    textIn(doc, "cell-aaaaaaaaaa").insert(0, "typing");
    expect([orders, heads]).toEqual([0, 0]);
    expect(index.order()).toBe(before);
    cellMap(cellsOf(doc), "cell-aaaaaaaaaa")?.set("type", "markdown");
    expect([orders, heads]).toEqual([0, 1]);
    cellMap(cellsOf(doc), "cell-aaaaaaaaaa")?.set("pos", "a2");
    expect(orders).toBe(1);
    expect(index.order()).toEqual(["cell-bbbbbbbbbb", "cell-aaaaaaaaaa"]);
  });

  it("gives a stretch in order, whichever end it began at", () => {
    expect(stretch(["a", "b", "c"], "c", "b")).toEqual(["b", "c"]);
    expect(stretch(["a", "b", "c"], "gone", "b")).toEqual(["b"]);
  });
});

describe("a run", () => {
  const entryOf = (fields: Record<string, unknown>) => {
    const doc = new Y.Doc();
    const entry = new Y.Map<unknown>(Object.entries(fields));
    doc.getMap("cells").set("c", entry);
    return entry;
  };
  const queue = ["r1", "r2", "r3"].map((run, index) => ({
    run,
    cell: `c${index}`,
    by: "u",
    by_name: "Ada",
    queued: "2026-01-01T10:00:00Z",
  }));

  it("is read with its counters as whole numbers", () => {
    const run = readRun(
      entryOf({ run: "r", by: "u", by_name: "Ada", state: "done", count: 3.0, stale: true }),
      [],
      "c",
    );
    expect(run).toMatchObject({ state: "done", count: 3, byName: "Ada", stale: true, ahead: null });
    expect(readRun(entryOf({ state: "unheard of" }), [], "c")).toBeNull();
    expect(readRun(null, [], "c")).toBeNull();
  });

  it("is one value in the entry, with the person's name beside the cells", () => {
    const entry = entryOf({
      run: { run: "r", by: "u", state: "error", count: 4, hash: "00", queued: 1767261600000, started: 1767261601500 },
    });
    entry.doc?.getMap("people").set("u", "Ada");
    expect(readRun(entry, [], "c")).toMatchObject({
      run: "r",
      byName: "Ada",
      state: "error",
      count: 4,
      queued: "2026-01-01T10:00:00.000Z",
      started: "2026-01-01T10:00:01.500Z",
      ended: null,
      stale: false,
    });
  });

  it("says how many wait before it", () => {
    const waiting = readRun(null, queue, "c2");
    expect(waiting).toMatchObject({ state: "queued", ahead: 2, byName: "Ada" });
    expect(waiting && wordOf(waiting)).toBe("Waiting, 1 before it");
    const next = readRun(entryOf({ state: "queued", run: "r2" }), queue, "c1");
    expect(next && wordOf(next)).toBe("Next");
    const first = readRun(null, queue, "c0");
    expect(first && wordOf(first)).toBe("Waiting for the kernel");
  });

  it("was stopped, not failed, where an interrupt ended it", () => {
    const ended = (ename: string) =>
      readRun(
        entryOf({ state: "error", started: "2026-01-01T10:00:00Z", outputs: Y.Array.from([{ type: "error", ename }]) }),
        [],
        "c",
      );
    expect(ended("KeyboardInterrupt")).toMatchObject({ state: "cancelled" });
    expect(ended("ValueError")).toMatchObject({ state: "error" });
  });

  it("lasts until it ended, or until now", () => {
    const running = readRun(entryOf({ state: "running", started: "2026-01-01T10:00:00Z" }), [], "c");
    expect(running && durationMs(running, Date.parse("2026-01-01T10:00:05Z"))).toBe(5000);
  });

  it("names the cell for a screen reader", () => {
    const failed = readRun(entryOf({ state: "error" }), [], "c");
    expect(labelOf("code", 3, failed)).toBe("code cell 3, error");
    expect(labelOf("markdown", 1, null)).toBe("text cell 1");
  });

  it("tells only those who listen: growing outputs are no change of the run", () => {
    const doc = new Y.Doc();
    const entry = new Y.Map<unknown>([["state", "running"]]);
    const outputs = new Y.Array<unknown>();
    entry.set("outputs", outputs);
    doc.getMap("cells").set("c", entry);
    const index = new RuntimeIndex(doc);
    const heard: string[] = [];
    index.subscribeRun("c", () => heard.push("run"));
    index.subscribeOutputs("c", () => heard.push("outputs"));
    index.subscribeRun("other", () => heard.push("other"));
    outputs.push([{ type: "stream", id: "s" }]);
    expect(heard).toEqual(["outputs"]);
    entry.set("state", "done");
    expect(heard).toEqual(["outputs", "run"]);
    index.queue.push([{ run: "r", cell: "other" }]);
    expect(heard).toEqual(["outputs", "run", "other"]);
    expect(queueOf(index.queue)[0]?.cell).toBe("other");
  });
});

describe("words", () => {
  it("say what is saved", () => {
    const now = { phase: "online", saving: false, unsent: 0, synced: true } as const;
    expect(savedState(now).text).toBe("Saved");
    expect(savedState({ ...now, saving: true }).text).toBe("Saving…");
    expect(savedState({ ...now, synced: false }).kind).toBe("loading");
    expect(savedState({ ...now, phase: "reconnecting", unsent: 1 }).text).toBe("Reconnecting… 1 edit unsent");
    expect(savedState({ ...now, phase: "offline", unsent: 0 }).text).toBe("Offline");
  });

  it("say what a person may not do, and whom to ask", () => {
    expect(limitText(new Set(["READ"]), "Ada")).toBe("You can view. Ask Ada for edit access.");
    expect(limitText(new Set(["READ", "COMMENT", "RUN"]), "Ada")).toBe(
      "You can run, not edit. Ask Ada for edit access.",
    );
    expect(limitText(new Set(["READ", "EDIT"]), null)).toBe(
      "You can edit, not run. Ask the owner for the right to run.",
    );
    expect(limitText(new Set(["READ", "EDIT", "RUN"]), "Ada")).toBeNull();
  });

  it("say how long, when and how much", () => {
    expect([4, 1340, 12_400, 125_000, 11_520_000].map(durationText)).toEqual([
      "4 ms",
      "1.3 s",
      "12 s",
      "2 min 05 s",
      "3 h 12 min",
    ]);
    const now = new Date(2026, 5, 10, 12);
    expect(momentText(new Date(2026, 5, 10, 9, 5).toISOString(), now)).toBe("09:05");
    expect(momentText(new Date(2026, 5, 9, 23, 5).toISOString(), now)).toBe("yesterday 23:05");
    expect(momentText("nonsense", now)).toBe("");
    expect([512, 54_400_000, 1.4e9].map(sizeText)).toEqual(["512 B", "54.4 MB", "1.4 GB"]);
  });
});

describe("people", () => {
  const person = (id: string, color: number) => ({ id, name: id, color, guest: false });

  it("get different colours, the same on every page", () => {
    const colors = roomColors([person("b", 3), person("a", 3), person("c", 4)]);
    expect([...colors]).toEqual([
      ["a", 3],
      ["b", 4],
      ["c", 5],
    ]);
    expect(roomColors([person("a", -1)]).get("a")).toBe(9);
  });

  it("count once, however many windows they have", () => {
    const window = (client: number, id: string, cell: string | null) => ({
      client,
      person: person(id, 1),
      cell,
      cursor: null,
      view: null,
    });
    expect(
      uniquePeople([window(1, "a", "x"), window(2, "a", null), window(3, "b", null)]).map((one) => one.client),
    ).toEqual([1, 3]);
  });

  it("without a stamp of the server are nobody", () => {
    expect(readPresence(1, { cell: "x" })).toBeNull();
    expect(readPresence(1, null)).toBeNull();
    expect(readPresence(1, { user: { id: "a", name: "A", color: 1 }, cell: 5, cursor: {} })).toMatchObject({
      cell: null,
      cursor: null,
    });
  });

  it("are said to be here", () => {
    expect(hereText(["Ada"])).toBe("Ada is here");
    expect(hereText(["Ada", "Grace"])).toBe("Ada and Grace are here");
    expect(hereText(["Ada", "Grace", "Vic"])).toBe("Ada, Grace and 1 other are here");
  });
});

it("ids have the form that the server makes", () => {
  const id = newId(1_800_000_000_000, (bytes) => bytes.fill(7));
  expect(id).toMatch(/^[0-9a-z]{16}$/);
  expect(newId(1_800_000_000_001, (bytes) => bytes.fill(0)) > id).toBe(true);
});

it("attachments of a text cell are found by name, damaged ones not", () => {
  const doc = new Y.Doc();
  addCell(doc);
  const cell = cellMap(cellsOf(doc), "cell-0000000001");
  const meta = cell?.get("meta") as Y.Map<unknown>;
  meta.set(
    "json:attachments",
    JSON.stringify({
      "a.png": { "image/png": { sha256: "f00", size: 3 } },
      "b.txt": { "text/plain": { sha256: "bad" } },
    }),
  );
  expect(cell && [...attachmentsOf(cell)]).toEqual([["a.png", "f00"]]);
  meta.set("json:attachments", "{");
  expect(cell && attachmentsOf(cell).size).toBe(0);
});

it("a kernel is read whole, and unknown states are none", () => {
  const kernel = new Y.Doc().getMap<unknown>("kernel");
  kernel.set("state", "dead");
  kernel.set("epoch", 2.0);
  kernel.set("death", { cause: "oom", reason: "It used too much memory.", at: "2026-01-01T10:00:00Z", cell: "c" });
  expect(readKernel(kernel)).toMatchObject({
    state: "dead",
    epoch: 2,
    death: { cause: "oom", cell: "c" },
    input: null,
  });
  kernel.set("state", "levitating");
  expect(readKernel(kernel).state).toBe("none");
});

it("tells a kernel that ended as it was to, and one that never began, from one that died", () => {
  const kernel = new Y.Doc().getMap("kernel");
  kernel.set("state", "dead");
  kernel.set("death", { cause: "idle", reason: "Stopped after 60 minutes.", at: "2026-01-01T10:00:00Z" });
  expect(restWord(readKernel(kernel))).toBe("Stopped");
  kernel.set("death", { cause: "signal", reason: "Killed.", at: "2026-01-01T10:00:00Z" });
  expect(restWord(readKernel(kernel))).toBe("Stopped unexpectedly");
  kernel.set("death", { cause: "start_failed", reason: "No machine.", at: "2026-01-01T10:00:00Z" });
  expect(restWord(readKernel(kernel))).toBe("Not started");
});
