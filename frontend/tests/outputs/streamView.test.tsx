// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { act, type ReactElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { heightOf, StreamView } from "../../src/outputs/StreamView";
import type { StreamOutput } from "../../src/outputs/types";
import type { LogEnds } from "../../src/wire/ends";
import { StreamStore } from "../../src/wire/streams";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const output = (fields: Partial<StreamOutput>): StreamOutput => ({
  type: "stream",
  id: "log",
  name: "stdout",
  bytes: 20_000,
  lines: 400,
  done: true,
  ...fields,
});

let root: Root;
let box: HTMLElement;
let streams: StreamStore;
let answer: (logs: LogEnds[]) => void;
let fail: () => void;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers();
  box = document.createElement("div");
  root = createRoot(box);
  streams = new StreamStore(() => new Promise<never>(() => undefined), {
    fetch: () =>
      new Promise((resolve, reject) => {
        answer = resolve;
        fail = () => reject(new Error("away"));
      }),
    fetchNow: () => [],
  });
});

afterEach(() => {
  act(() => root.unmount());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ELSEWHERE = {
  notebook: "n",
  label: "cell 1",
  widgets: {
    models: new Map<string, never>(),
    isLoaded: true,
    watch: () => () => undefined,
    move: () => Promise.resolve(),
  },
  movable: { get: () => true, subscribe: () => () => undefined },
  widgetLibrary: () => Promise.resolve(null),
  table: (_: unknown, __: string, other: ReactElement) => other,
  sql: () => <></>,
};

const show = (shown: StreamOutput): void => {
  const view = <StreamView output={shown} place={{ ...ELSEWHERE, streams }} />;
  act(() => root.render(<I18nProvider i18n={i18n}>{view}</I18nProvider>));
};
const later = (what: () => void = () => undefined): Promise<void> =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(50);
    what();
    await Promise.resolve();
  });

it("keeps the place of a text until its ends have come", async () => {
  show(output({}));
  expect(box.querySelector("pre")?.style.height).toBe(`${heightOf({ bytes: 20_000, lines: 400 })}px`);
  await later();
  await later(() => answer([{ id: "log", bytes: 20_000, head: "first\n", tail: "last\n" }]));
  expect([...box.querySelectorAll("pre")].map((pre) => pre.textContent)).toEqual(["first\n", "last\n"]);
  expect(box.textContent).toContain("20 kB hidden of 400 lines");
});

it("says what is missing while there is no connection", async () => {
  show(output({}));
  await later();
  await later(() => fail());
  expect(box.textContent).toContain("400 lines, 20 kB. This text could not be loaded.");
});

it("leaves what grew here standing until the final form is known", async () => {
  show(output({ done: false }));
  act(() => streams.write("log", 9000, bytes("grew\n")));
  await later();
  const grown = box.querySelector("pre");
  show(output({}));
  expect(box.querySelector("pre")).toBe(grown);
  await later();
  await later(() => answer([{ id: "log", bytes: 20_000, head: "first\n", tail: "last\n" }]));
  expect(box.querySelector("pre")?.textContent).toBe("first\n");
});

it("shows what the document holds at once: short texts, and the ends of an earlier version", () => {
  show(output({ text: "short\n", bytes: 6, lines: 1 }));
  expect(box.textContent).toBe("short\n");
  show(output({ id: "old", head: "begins\n", tail: "ends\n" }));
  expect(box.textContent).toContain("begins");
  expect(box.textContent).toContain("ends");
});
