import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EndsStore, type LogEnds } from "../../src/wire/ends";
import { StreamStore } from "../../src/wire/streams";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const endsOf = (id: string): LogEnds => ({ id, bytes: 9000, head: `${id} begins\n`, tail: `${id} ends\n` });
const never = (): Promise<never> => new Promise<never>(() => undefined);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that keeps some logs and notes what was asked. */
function keeping(kept: (id: string) => boolean = () => true) {
  const asked: string[][] = [];
  const state = { away: false };
  const answer = (ids: readonly string[]): LogEnds[] => {
    asked.push([...ids]);
    return ids.filter(kept).map(endsOf);
  };
  const store = new EndsStore({
    fetch: (ids) => (state.away ? Promise.reject(new Error("away")) : Promise.resolve(answer(ids))),
    fetchNow: answer,
  });
  return { store, asked, state };
}

const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(50);

describe("the ends of texts", () => {
  it("are asked for in one request, each once", async () => {
    const { store, asked } = keeping();
    const listener = vi.fn();
    store.subscribe("a", listener);
    store.want("a");
    store.want("b");
    store.want("a");
    await soon();
    store.want("b");
    await soon();
    expect(asked).toEqual([["a", "b"]]);
    expect(store.get("a")).toEqual({ head: "a begins\n", tail: "a ends\n" });
    expect(store.get("a")).toBe(store.get("a"));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("never come in larger groups than the server answers", async () => {
    const { store, asked } = keeping();
    for (let index = 0; index < 120; index += 1) store.want(`log${index}`);
    await soon();
    expect(asked.map((ids) => ids.length)).toEqual([50, 50, 20]);
  });

  it("say in words that a text is no longer kept", async () => {
    const { store } = keeping((id) => id !== "gone");
    store.want("gone");
    await soon();
    expect(store.get("gone")).toEqual({ problem: "This text is no longer kept. Run the cell again to see it." });
  });

  it("say that they could not be had, and come once the connection is back", async () => {
    const { store, state } = keeping();
    state.away = true;
    store.subscribe("a", () => undefined);
    store.want("a");
    await soon();
    expect(store.get("a")).toHaveProperty("problem");
    state.away = false;
    store.retry();
    await soon();
    expect(store.get("a")).toHaveProperty("head", "a begins\n");
  });

  it("are asked for again by themselves while somebody wants them", async () => {
    const { store, asked, state } = keeping();
    state.away = true;
    store.subscribe("a", () => undefined);
    store.want("a");
    await vi.advanceTimersByTimeAsync(6000);
    expect(store.get("a")).toHaveProperty("problem");
    state.away = false;
    await vi.advanceTimersByTimeAsync(6000);
    expect(store.get("a")).toHaveProperty("head", "a begins\n");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(1);
  });

  it("are all there before the page is printed", () => {
    const { store, asked } = keeping();
    store.subscribe("seen", () => undefined);
    store.subscribe("below", () => undefined);
    store.put("seen", { head: "x", tail: "" });
    store.loadNow();
    expect(asked).toEqual([["below"]]);
    expect(store.get("below")).toHaveProperty("tail", "below ends\n");
  });
});

describe("a text that grew on this page", () => {
  const withEnds = () => {
    const asked: string[][] = [];
    const fetch = (ids: readonly string[]): Promise<LogEnds[]> => {
      asked.push([...ids]);
      return Promise.resolve(ids.map(endsOf));
    };
    return { asked, streams: new StreamStore(never, { fetch, fetchNow: () => [] }) };
  };

  it("needs no request for its ends, and is let go", async () => {
    const { asked, streams } = withEnds();
    const text = "0123456789abcde\n".repeat(1000);
    streams.write("log", 0, bytes(text));
    streams.finish("log", text.length);
    await soon();
    expect(asked).toEqual([]);
    expect(streams.ends.get("log")).toEqual({ head: text.slice(0, 4096), tail: text.slice(-4096) });
    expect(streams.has("log")).toBe(false);
  });

  it("is whole where it is short", () => {
    const { streams } = withEnds();
    streams.write("log", 0, bytes("short, but not in the document\n"));
    streams.finish("log", 31);
    expect(streams.ends.get("log")).toEqual({ head: "short, but not in the document\n", tail: "" });
  });

  it("asks where its beginning, its end or a part did not come", async () => {
    const { asked, streams } = withEnds();
    streams.write("late", 500, bytes("x".repeat(9500)));
    streams.write("cut", 0, bytes("x".repeat(9000)));
    streams.finish("late", 10_000);
    streams.finish("cut", 10_000);
    await soon();
    expect(asked).toEqual([["late", "cut"]]);
  });
});
