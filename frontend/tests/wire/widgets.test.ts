import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WidgetStore, type WidgetEvent, type WidgetNews, type WidgetSnapshot } from "../../src/wire/widgets";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const model = (id: string, value: number) => ({ id, state: { value } });
const updated = (id: string, value: number): WidgetEvent => ({ event: "updated", id, state: { value } });
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function store(...answers: (WidgetSnapshot | null)[]) {
  const asked = { times: 0 };
  const heard: WidgetNews[] = [];
  let message = 0;
  const widgets = new WidgetStore(
    () => {
      asked.times += 1;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer === null || answer === undefined ? Promise.reject(new Error("away")) : Promise.resolve(answer);
    },
    () => Promise.resolve(`m${String((message += 1))}`),
  );
  return { widgets, asked, heard, value: (id: string) => widgets.models.get(id)?.state["value"] };
}

const at = (seq: number, ...models: ReturnType<typeof model>[]): WidgetSnapshot => ({ seq, models, waiting: [] });

describe("the widgets of a notebook", () => {
  it("are loaded when somebody looks, and follow every change after that", async () => {
    const { widgets, asked, heard, value } = store(at(5, model("a", 1)));
    widgets.receive({ type: "widgets", seq: 6, events: [updated("a", 2)] });
    expect(asked.times).toBe(0);
    widgets.watch((news) => heard.push(news));
    widgets.receive({ type: "widgets", seq: 5, events: [updated("a", 100)] });
    widgets.receive({ type: "widgets", seq: 6, events: [updated("a", 2)] });
    await settle();
    expect(value("a")).toBe(2);
    widgets.receive({ type: "widgets", seq: 7, events: [{ event: "opened", model: model("b", 3) }] });
    expect([value("b"), widgets.models.get("b")?.alive]).toEqual([3, true]);
    expect(heard.map((news) => news.event)).toEqual(["loaded", "updated", "opened"]);
    expect(asked.times).toBe(1);
  });

  it("are loaded anew where a change is missing", async () => {
    const { widgets, asked, value } = store(at(1, model("a", 1)), at(4, model("a", 4)));
    widgets.watch(() => undefined);
    await settle();
    widgets.receive({ type: "widgets", seq: 3, events: [updated("a", 3)] });
    await settle();
    expect([asked.times, value("a")]).toEqual([2, 4]);
    widgets.reached(4);
    widgets.receive({ type: "widgets", seq: 5, events: [updated("a", 5)] });
    await settle();
    expect([asked.times, value("a")]).toEqual([2, 5]);
    widgets.reached(9);
    await settle();
    expect(asked.times).toBe(3);
  });

  it("are asked for again when the server was away", async () => {
    const { widgets, asked } = store(null, at(1, model("a", 1)));
    widgets.watch(() => undefined);
    await settle();
    expect(widgets.isLoaded).toBe(false);
    await vi.advanceTimersByTimeAsync(2500);
    expect([asked.times, widgets.isLoaded]).toEqual([2, true]);
  });

  it("replace buffers with their key", async () => {
    const image = { path: ["image"], data: "AA==" };
    const { widgets } = store({
      seq: 1,
      models: [{ id: "a", state: { image: null, n: 1 }, buffers: [image] }],
      waiting: [],
    });
    widgets.watch(() => undefined);
    await settle();
    widgets.receive({ type: "widgets", seq: 2, events: [updated("a", 1)] });
    expect(widgets.models.get("a")?.buffers).toEqual([image]);
    const other = { path: ["image"], data: "BB==" };
    widgets.receive({
      type: "widgets",
      seq: 3,
      events: [{ event: "updated", id: "a", state: { image: null }, buffers: [other] }],
    });
    expect(widgets.models.get("a")?.buffers).toEqual([other]);
  });

  it("say when the kernel has dealt with a move, whichever way that is heard", async () => {
    const { widgets } = store(at(1, model("a", 1)), { seq: 9, models: [], waiting: ["m3"] });
    widgets.watch(() => undefined);
    await settle();
    const done: number[] = [];
    const move = (n: number) =>
      void widgets.move({ widget: "a", method: "update", state: {} }).then(() => done.push(n));
    const dealtWith = (message: string): WidgetEvent => ({ event: "moved", id: "a", message, by: "u", by_name: "U" });
    move(1);
    widgets.receive({ type: "widgets", seq: 2, events: [dealtWith("m1")] });
    await settle();
    expect(done).toEqual([1]);
    move(2);
    move(3);
    await settle();
    expect(done).toEqual([1]);
    widgets.reconnected();
    await settle();
    expect(done).toEqual([1, 2]);
    widgets.receive({ type: "widgets", seq: 10, events: [{ event: "ended" }] });
    await settle();
    expect(done).toEqual([1, 2, 3]);
  });
});
