import { describe, expect, it } from "vitest";
import type { FrameMove, ToFrame } from "../../src/outputs/frame/messages";
import { connect } from "../../src/outputs/widgetSession";
import { CommandRefused } from "../../src/wire/commands";
import { WidgetStore, type WidgetEvent, type WidgetModel } from "../../src/wire/widgets";

const SLIDER: WidgetModel = {
  id: "slider",
  state: { value: 1, description: "Level" },
  buffers: [],
  cell: null,
  run: null,
  alive: true,
  cut: false,
};

const updated = (value: number): WidgetEvent => ({
  event: "updated",
  id: "slider",
  state: { value },
  buffers: [],
  echo: ["value"],
});
const moved = (message: string): WidgetEvent => ({
  event: "moved",
  id: "slider",
  message,
  by: "u1",
  by_name: "ada",
});
const move = (number: number, value: number): FrameMove => ({
  kind: "move",
  number,
  widget: "slider",
  method: "update",
  state: { value },
  content: null,
  paths: [],
  buffers: [],
});

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A frame with one slider, and all that it is told. */
async function framed(send: () => Promise<string>) {
  const store = new WidgetStore(() => Promise.resolve({ seq: 0, models: [SLIDER], waiting: [] }), send);
  const told: ToFrame[] = [];
  store.watch(() => undefined);
  await rest();
  const place = {
    widgets: store,
    movable: { get: () => true, subscribe: () => () => undefined },
    widgetLibrary: () => Promise.resolve(null),
  };
  const nothing = (): void => undefined;
  const shown = { setDrawn: nothing, setUnknown: nothing, setWaits: nothing, setRefused: nothing };
  const session = connect("slider", place, (message) => told.push(message), shown);
  told.length = 0;
  return { store, told, session };
}

describe("a widget that two people move at once", () => {
  it("shows what it came to once the own move is dealt with", async () => {
    const { store, told, session } = await framed(() => Promise.resolve("m1"));
    session.receive(move(1, 5));
    await rest();
    // The other's move came later, and is told in one breath with the end of the own one.
    store.receive({ type: "widgets", seq: 1, events: [updated(7), moved("m1"), moved("m2")] });
    await rest();
    expect(told.map((message) => message.kind)).toEqual(["update", "done", "update"]);
    expect(told.at(-1)).toMatchObject({ widget: "slider", state: { value: 7 }, echo: ["value"] });
  });

  it("goes back to what it is in when a move is refused", async () => {
    const { told, session } = await framed(() => Promise.reject(new CommandRefused("too_many_moves", "Wait.")));
    session.receive(move(1, 5));
    await rest();
    expect(told.at(-1)).toMatchObject({ kind: "update", state: { value: 1 } });
  });
});
