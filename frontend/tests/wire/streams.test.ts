import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StreamStore, type Range } from "../../src/wire/streams";
import { NO_ENDS } from "../support/fakeServer";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (store: StreamStore): string =>
  store
    .view("log")
    .pieces.map((piece) => piece.text)
    .join("|");

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that holds `full` and notes what was asked. */
function holding(full: () => string): { store: StreamStore; asked: Range[] } {
  const asked: Range[] = [];
  const store = new StreamStore((_id, range) => {
    asked.push(range);
    return Promise.resolve({ bytes: bytes(full()).slice(range.start, range.end), total: bytes(full()).length });
  }, NO_ENDS);
  return { store, asked };
}

describe("a stream", () => {
  it("is replaced from the offset on", () => {
    const { store } = holding(() => "");
    store.write("log", 0, bytes("one\n 10%"));
    store.write("log", 4, bytes("100%"));
    expect(shown(store)).toBe("one\n100%");
    store.write("log", 4, bytes(""));
    expect(shown(store)).toBe("one\n");
    store.write("log", 0, bytes("new"));
    expect(shown(store)).toBe("new");
  });

  it("counts bytes, not characters", () => {
    const { store } = holding(() => "");
    store.write("log", 0, bytes("äöü€"));
    store.write("log", 9, bytes("😀"));
    store.write("log", 6, bytes("!"));
    expect(shown(store)).toBe("äöü!");
    expect(store.view("log").end).toBe(7);
  });

  it("shows the newest text at once and fills the gap from a range", async () => {
    const { store, asked } = holding(() => "0123456789");
    store.write("log", 0, bytes("012"));
    store.write("log", 6, bytes("6789"));
    expect(shown(store)).toBe("012|6789");
    expect(store.view("log").holes).toEqual([{ start: 3, end: 6 }]);
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([{ start: 3, end: 6 }]);
    expect(shown(store)).toBe("0123456789");
    store.write("log", 10, bytes("!"));
    expect(shown(store)).toBe("0123456789!");
  });

  it("keeps what the socket brought while a range was on its way", async () => {
    const { store } = holding(() => "old old old");
    store.write("log", 8, bytes("old"));
    const filling = vi.advanceTimersByTimeAsync(300);
    store.write("log", 4, bytes("NEW"));
    await filling;
    expect(shown(store)).toBe("old NEW");
  });

  it("fetches what a late joiner lacks, and of a flood only the end", async () => {
    const { store, asked } = holding(() => "x".repeat(1_000_000));
    store.expect("log", 1_000_000);
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([{ start: 1_000_000 - 65_536, end: 1_000_000 }]);
    expect(store.view("log").holes).toEqual([{ start: 0, end: 1_000_000 - 65_536 }]);
    await store.load("log", { start: 0, end: 100 });
    expect(store.view("log").pieces[0]).toMatchObject({ start: 0, end: 100 });
  });

  it("drops a torn character at the start of a range", async () => {
    const full = "€".repeat(200_000);
    const { store } = holding(() => full);
    store.expect("log", 600_000);
    await vi.advanceTimersByTimeAsync(300);
    expect(shown(store).startsWith("€")).toBe(true);
    expect(shown(store)).not.toContain("\ufffd");
  });

  it("gives the same view until it changes, and tells its listeners", () => {
    const { store } = holding(() => "");
    const listener = vi.fn();
    const stop = store.subscribe("log", listener);
    store.write("log", 0, bytes("a"));
    expect(store.view("log")).toBe(store.view("log"));
    stop();
    store.write("log", 1, bytes("b"));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("asks again later when a range cannot be fetched", async () => {
    let fail = true;
    const store = new StreamStore(
      (_id, range) =>
        fail
          ? Promise.reject(new Error("offline"))
          : Promise.resolve({ bytes: bytes("0123").slice(range.start, range.end), total: 5 }),
      NO_ENDS,
    );
    store.write("log", 4, bytes("4"));
    await vi.advanceTimersByTimeAsync(300);
    expect(shown(store)).toBe("4");
    fail = false;
    store.write("log", 5, bytes("5"));
    await vi.advanceTimersByTimeAsync(300);
    expect(shown(store)).toBe("012345");
  });
});
