import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { savedState } from "../../src/model/saved";
import { CommandRefused } from "../../src/wire/commands";
import { REMOTE, type Provider } from "../../src/wire/provider";
import type { Shelf } from "../../src/wire/shelf";
import { forgetAllOf } from "../../src/wire/unsent";
import { addCell, CELL, connect, FakeServer, textIn } from "../support/fakeServer";

let server: FakeServer;
let provider: Provider | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  addCell(server.docs.source, CELL, "x = 1");
});

afterEach(() => {
  provider?.close();
  provider = null;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const open = (options: Parameters<typeof connect>[1] = {}): Provider => {
  provider = connect(server, options);
  return provider;
};
const source = (of: Provider) => of.documents.get().source;
const label = (of: Provider): string => savedState(of.connection.get()).text;
/** The page loses its connection; the next one is opened but not yet accepted. */
const reopen = async (of: Provider): Promise<void> => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(of.connection.get().phase).not.toBe("closed");
  server.accept();
};

describe("opening", () => {
  it("answers hello, takes the id that was handed out, and syncs", () => {
    const page = open();
    expect(server.control[0]).toEqual({ type: "hello", epoch: null, client_ids: [] });
    expect(source(page).clientID).toBe(101);
    expect(textIn(source(page)).toJSON()).toBe("x = 1");
    expect(page.connection.get()).toMatchObject({ phase: "online", synced: true, user: { name: "Ada" } });
    expect(page.connection.get().rights.has("RUN")).toBe(true);
  });

  it("applies what comes from others with an origin that is not null", () => {
    const page = open();
    const before = server.writes;
    const origins: unknown[] = [];
    source(page).on("update", (_update: Uint8Array, origin: unknown) => origins.push(origin));
    server.edit((doc) => textIn(doc).insert(0, "# "));
    expect(origins).toEqual([REMOTE]);
    // What others wrote is neither sent back nor counted as an own edit.
    expect(server.writes).toBe(before);
    expect(label(page)).toBe("Saved");
  });
});

describe("a command", () => {
  it("goes out at an address without https, where the browser has no randomUUID", () => {
    const page = open();
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    void page.command("interrupt").catch(() => undefined);
    vi.unstubAllGlobals();
    expect(server.control.at(-1)).toMatchObject({ type: "cmd", op: "interrupt" });
  });
});

describe("what is saved", () => {
  it("is said to be saved only after the acknowledgement", () => {
    const page = open();
    server.acks = false;
    textIn(source(page)).insert(0, "a");
    vi.advanceTimersByTime(399);
    expect(label(page)).toBe("Saved");
    vi.advanceTimersByTime(1);
    expect(label(page)).toBe("Saving…");
    server.say({ type: "ack", seq: server.writes - 1 });
    expect(label(page)).toBe("Saving…");
    server.say({ type: "ack", seq: server.writes });
    expect(label(page)).toBe("Saved");
  });

  it("is not said while somebody types faster than the server saves", () => {
    const page = open();
    server.acks = false;
    textIn(source(page)).insert(0, "a");
    for (let key = 0; key < 5; key += 1) {
      vi.advanceTimersByTime(150);
      textIn(source(page)).insert(0, "b");
      server.say({ type: "ack", seq: server.writes - 1 });
    }
    expect(label(page)).toBe("Saving…");
    server.say({ type: "ack", seq: server.writes });
    expect(label(page)).toBe("Saved");
  });

  it("is unsent at once when the browser says that the network is gone", () => {
    const window = new EventTarget();
    vi.stubGlobal("window", window);
    vi.stubGlobal("navigator", { onLine: false });
    const page = open();
    window.dispatchEvent(new Event("offline"));
    textIn(source(page)).insert(0, "1");
    expect(label(page)).toBe("Offline, 1 edit kept on this device");
  });

  it("counts unsent edits without a connection and merges them on return", async () => {
    const page = open();
    server.socket.drop();
    textIn(source(page)).insert(0, "1");
    textIn(source(page)).insert(0, "2");
    textIn(source(page)).insert(0, "3");
    expect(label(page)).toBe("Reconnecting… 3 edits unsent");
    server.edit((doc) => textIn(doc).insert(textIn(doc).length, " + 1"));
    await reopen(page);
    expect(server.control.at(-1)).toMatchObject({ type: "hello", epoch: "epoch-1", client_ids: [101] });
    expect(server.text()).toBe("321x = 1 + 1");
    expect(textIn(source(page)).toJSON()).toBe("321x = 1 + 1");
    expect(label(page)).toBe("Saved");
  });

  it("lets no later edit overtake those that wait for the server's question", async () => {
    const page = open();
    server.socket.drop();
    textIn(source(page)).insert(0, "1");
    await vi.advanceTimersByTimeAsync(10_000);
    server.rights = ["READ", "RUN"]; // the fake then does not ask
    const { rights } = server;
    server.rights = [];
    server.socket.readyState = 1;
    server.say({
      type: "hello",
      user: { id: "u1", name: "Ada", color: 1 },
      rights: ["EDIT", ...rights],
      epoch: "epoch-1",
      client_id: 200,
      seq: 0,
    });
    server.writes = 0;
    textIn(source(page)).insert(0, "2");
    expect(server.writes).toBe(0);
    void page.command("run", { cell_id: CELL }).catch(() => undefined);
    expect(server.control.some((message) => message.type === "cmd")).toBe(false);
  });

  it("says offline after some attempts, and keeps the edits", async () => {
    const page = open();
    server.socket.drop();
    textIn(source(page)).insert(0, "1");
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      server.socket.drop();
    }
    expect(label(page)).toBe("Offline, 1 edit kept on this device");
  });

  it("drops a connection that acknowledges nothing for long", () => {
    const page = open();
    server.acks = false;
    textIn(source(page)).insert(0, "1");
    expect(server.sockets.length).toBe(1);
    vi.advanceTimersByTime(3_000);
    expect(label(page)).toBe("Saving… 1 edit not saved yet");
    vi.advanceTimersByTime(7_000);
    expect(server.sockets.length).toBe(2);
    expect(page.connection.get().phase).toBe("reconnecting");
  });

  it("keeps unsent edits beyond the life of the page, those of every window", async () => {
    const { kept, keep } = memoryShelf();
    kept.set("u1:other:x", "of another notebook");
    const windows = [open({ keep }), open({ keep })];
    await vi.advanceTimersByTimeAsync(0);
    for (const socket of server.sockets.slice()) socket.drop();
    for (const [index, page] of windows.entries()) {
      textIn(source(page)).insert(0, `window ${index} `);
      textIn(source(page)).insert(0, "# ");
    }
    await vi.advanceTimersByTimeAsync(400);
    for (const page of windows) page.close();
    expect(kept.size).toBe(3);
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.text()).toMatch(/window 0/);
    expect(server.text()).toMatch(/window 1/);
    expect(label(page)).toBe("Saved");
    expect([...kept.keys()]).toEqual(["u1:other:x"]);
  });

  it("keeps what is not acknowledged when the page goes, and counts it when it comes back", async () => {
    const { kept, keep } = memoryShelf();
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.acks = false;
    for (const text of ["1", "2", "3"]) textIn(source(page)).insert(0, text);
    page.keepNow();
    await vi.advanceTimersByTimeAsync(0);
    page.close();
    expect([...kept.values()]).toMatchObject([{ edits: 3, cells: { [CELL]: "321x = 1" } }]);
    const again = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    expect(again.connection.get().unsent).toBe(3);
  });

  it("keeps what was typed in the moment before the page is left", async () => {
    const { kept, keep } = memoryShelf();
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    textIn(source(page)).insert(0, "last ");
    page.close();
    expect([...kept.values()]).toMatchObject([{ cells: { [CELL]: "last x = 1" } }]);
  });

  it("takes each edit once when one window takes up what another still holds", async () => {
    const { kept, keep } = memoryShelf();
    const one = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    textIn(source(one)).insert(0, "early ");
    await vi.advanceTimersByTimeAsync(300);
    const other = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.text()).toBe("early x = 1");
    expect(kept.size).toBe(0);
    textIn(source(one)).insert(6, "late ");
    textIn(source(other)).insert(textIn(source(other)).length, " + 1");
    await vi.advanceTimersByTimeAsync(10_000);
    server.sockets.push(...server.sockets.filter(({ readyState }) => readyState === 0).slice(-1)); // that of the first window
    server.accept();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.text()).toBe("early late x = 1 + 1");
    expect(textIn(source(one)).toJSON()).toBe("early late x = 1 + 1");
    expect([label(one), label(other), kept.size]).toEqual(["Saved", "Saved", 0]);
  });

  it("keeps a draft until its person lets it go", async () => {
    const { kept, keep } = memoryShelf();
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.refuses = true;
    textIn(source(page)).insert(0, "refused ");
    server.refuses = false;
    server.say({ type: "reset", reason: "No.", client_id: 777, epoch: "epoch-1" });
    textIn(source(page)).insert(0, "taken ");
    page.close();
    const again = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    const [draft] = again.drafts.get();
    expect(draft).toMatchObject({ cell: CELL, text: "refused x = 1", reason: "No." });
    if (draft !== undefined) again.discardDraft(draft);
    expect([...kept.keys()].filter((key) => key.includes("draft"))).toEqual([]);
    again.close();
    const last = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    expect(last.drafts.get()).toEqual([]);
  });

  it("shows nobody what another account could not send from this browser", async () => {
    const { kept, keep } = memoryShelf();
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    textIn(source(page)).insert(0, "secret ");
    await vi.advanceTimersByTimeAsync(400);
    page.close();
    expect(kept.size).toBe(1);
    server.user = { ...server.user, id: "u2", name: "Bob" };
    const other = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    expect(textIn(source(other)).toJSON()).toBe("x = 1");
    expect(other.drafts.get()).toEqual([]);
    expect(server.text()).toBe("x = 1");
    other.close();
    await forgetAllOf(keep, "u2");
    expect(kept.size).toBe(1);
    await forgetAllOf(keep, "u1");
    expect(kept.size).toBe(0);
  });

  it("sends nothing of one account in the name of another that signed in meanwhile", async () => {
    const { kept, keep } = memoryShelf();
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    textIn(source(page)).insert(0, "mine ");
    server.user = { ...server.user, id: "u2", name: "Bob" };
    await reopen(page).catch(() => undefined);
    expect(page.connection.get().closed?.code).toBe(4401);
    expect(server.text()).toBe("x = 1");
    expect([...kept.keys()].every((key) => key.startsWith("u1:"))).toBe(true);
    expect(kept.size).toBe(1);
  });

  it("keeps the last edit of a page that goes while an earlier one is still being kept", async () => {
    const { kept, keep } = memoryShelf();
    const put = (key: string, value: unknown): Promise<void> => {
      kept.set(key, value);
      return new Promise(() => undefined);
    };
    const page = open({ keep: { ...keep, put } });
    await vi.advanceTimersByTimeAsync(0);
    server.socket.drop();
    textIn(source(page)).insert(0, "first ");
    await vi.advanceTimersByTimeAsync(300);
    textIn(source(page)).insert(6, "last ");
    page.keepNow();
    expect([...kept.values()]).toMatchObject([{ edits: 2, cells: { [CELL]: "first last x = 1" } }]);
  });

  it("takes no damage from what is damaged in the browser's database", async () => {
    const { kept, keep } = memoryShelf();
    const state = new Uint8Array([1, 2, 3, 255]);
    kept.set("u1:n1:a", { epoch: "epoch-1", clients: [5], edits: 1, cells: {}, state });
    kept.set("u1:n1:b", "nonsense");
    const page = open({ keep });
    await vi.advanceTimersByTimeAsync(0);
    expect(textIn(source(page)).toJSON()).toBe("x = 1");
  });
});

/** The browser's database, as a map. */
function memoryShelf(): { kept: Map<string, unknown>; keep: Shelf } {
  const kept = new Map<string, unknown>();
  const keep: Shelf = {
    all: (prefix) => Promise.resolve([...kept].filter(([key]) => key.startsWith(prefix))),
    put: async (key, value) => {
      await Promise.resolve(kept.set(key, value));
    },
    remove: async (keys) => {
      await Promise.resolve(keys.map((key) => kept.delete(key)));
    },
  };
  return { kept, keep };
}

describe("a reset", () => {
  it("makes a new document with the new id and shows refused text as a draft", () => {
    const page = open();
    const before = page.documents.get();
    server.refuses = true;
    textIn(source(page)).insert(0, "refused ");
    server.refuses = false;
    server.say({ type: "reset", reason: "The change was not a notebook's.", client_id: 777, epoch: "epoch-1" });
    const after = page.documents.get();
    expect(after.generation).toBe(before.generation + 1);
    expect(after.source.clientID).toBe(777);
    expect(after.runtime).toBe(before.runtime);
    expect(textIn(after.source).toJSON()).toBe("x = 1");
    expect(page.drafts.get()).toMatchObject([
      { cell: CELL, text: "refused x = 1", reason: "The change was not a notebook's." },
    ]);
    textIn(after.source).insert(0, "now ");
    expect(server.text()).toBe("now x = 1");
    const [draft] = page.drafts.get();
    if (draft !== undefined) page.discardDraft(draft);
    expect(page.drafts.get()).toEqual([]);
  });

  it("after losing EDIT keeps what was typed as a draft", () => {
    const page = open();
    server.refuses = true;
    server.rights = ["READ"];
    textIn(source(page)).insert(0, "typing ");
    server.say({ type: "rights", rights: ["READ"] });
    expect(page.connection.get().rights.has("EDIT")).toBe(false);
    server.say({ type: "reset", reason: "You may no longer edit this notebook.", client_id: 778, epoch: "epoch-1" });
    expect(page.drafts.get()[0]?.text).toBe("typing x = 1");
    expect(label(page)).toBe("Saved");
  });

  it("of the whole history never merges the old state", async () => {
    const page = open();
    server.socket.drop();
    textIn(source(page)).insert(0, "old ");
    const restored = new FakeServer();
    restored.epoch = "epoch-2";
    addCell(restored.docs.source, CELL, "restored");
    Object.assign(server.docs, restored.docs);
    server.epoch = "epoch-2";
    await reopen(page);
    expect(server.text()).toBe("restored");
    expect(textIn(source(page)).toJSON()).toBe("restored");
    expect(page.drafts.get()).toMatchObject([{ cell: CELL, text: "old x = 1" }]);
  });

  it("without unsaved text leaves no draft", () => {
    const page = open();
    server.say({ type: "reset", reason: "You may no longer edit this notebook.", client_id: 5, epoch: "epoch-1" });
    expect(page.drafts.get()).toEqual([]);
  });

  it("comes by itself for offline edits of somebody who may no longer edit", async () => {
    const page = open();
    server.socket.drop();
    textIn(source(page)).insert(0, "late ");
    server.rights = ["READ"];
    await reopen(page);
    expect(page.drafts.get()[0]?.text).toBe("late x = 1");
    expect(server.text()).toBe("x = 1");
  });
});

describe("the end", () => {
  it.each([4400, 4401, 4403, 4404])("code %i ends it for good", async (code) => {
    const page = open();
    server.socket.drop(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.sockets.length).toBe(1);
    expect(page.connection.get()).toMatchObject({ phase: "closed", closed: { code } });
  });

  it("asks over HTTP why no socket opens", async () => {
    server.opens = false;
    const page = open({ probe: () => Promise.resolve(4404) });
    server.socket.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect(page.connection.get().closed?.code).toBe(4404);
  });
});

describe("commands", () => {
  const lastId = (): string => {
    const id = server.control.findLast((message) => message.type === "cmd")?.["id"];
    return typeof id === "string" ? id : "";
  };

  it("resolve with their result and reject with the server's reason", async () => {
    const page = open();
    const taken = page.command("run", { cell_id: CELL });
    server.say({ type: "result", id: lastId(), value: { run: "r1" } });
    await expect(taken).resolves.toEqual({ run: "r1" });
    const refused = page.command("interrupt");
    server.say({ type: "error", id: lastId(), code: "not_running", reason: "Nothing runs." });
    await expect(refused).rejects.toMatchObject({ code: "not_running", message: "Nothing runs." });
  });

  it("give up after their time", async () => {
    const page = open();
    const waiting = expect(page.command("run", {})).rejects.toBeInstanceOf(CommandRefused);
    await vi.advanceTimersByTimeAsync(15_000);
    await waiting;
  });

  it("repeat a run under its id after a lost connection, and nothing else", async () => {
    const page = open();
    const run = page.command("run", { cell_id: CELL });
    const id = lastId();
    const restart = page.command("restart");
    const lost = expect(restart).rejects.toMatchObject({ code: "disconnected" });
    server.socket.drop();
    await lost;
    await vi.advanceTimersByTimeAsync(1000);
    server.accept();
    expect(server.control.filter((message) => message.type === "cmd" && message["id"] === id)).toHaveLength(2);
    server.say({ type: "result", id, value: {} });
    await expect(run).resolves.toEqual({});
  });
});

describe("presence", () => {
  it("goes under the connection's own id and forgets others with the connection", () => {
    const page = open();
    expect(page.awareness.clientID).toBe(101);
    server.presence(9, { user: { id: "u2", name: "Grace", color: 1 }, cell: CELL });
    expect(page.awareness.getStates().has(9)).toBe(true);
    server.socket.drop();
    expect(page.awareness.getStates().has(9)).toBe(false);
  });
});

describe("streams", () => {
  it("arrive from frames", () => {
    const page = open();
    server.stream("log", 0, "héllo");
    server.stream("log", 6, "!");
    expect(page.streams.view("log").pieces).toEqual([{ start: 0, end: 7, text: "héllo!" }]);
  });
});
