// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { grow, wholeLines } from "../../src/outputs/StreamView";
import { StreamStore } from "../../src/wire/streams";
import { NO_ENDS } from "../support/fakeServer";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const never = (): Promise<never> => new Promise<never>(() => undefined);
let frames: FrameRequestCallback[] = [];
const paint = (): void => {
  const due = frames;
  frames = [];
  for (const callback of due) callback(0);
};

beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it("appends lines and rewrites the last one, once a frame", () => {
  const store = new StreamStore(never, NO_ENDS);
  const element = document.createElement("pre");
  const stop = grow(element, "log", store);
  store.write("log", 0, bytes("one\n 10%"));
  store.write("log", 4, bytes(" 50%"));
  expect(frames.length).toBe(1);
  paint();
  expect(element.textContent).toBe("one\n 50%");
  store.write("log", 4, bytes("100%\ntwo"));
  paint();
  expect(element.textContent).toBe("one\n100%\ntwo");
  stop();
  store.write("log", 0, bytes("late"));
  expect(frames.length).toBe(0);
});

it("keeps the page small under a flood and shows the newest text", () => {
  const store = new StreamStore(never, NO_ENDS);
  const element = document.createElement("pre");
  grow(element, "log", store);
  let at = 0;
  for (let part = 0; part < 40; part += 1) {
    const text = `${String(part).padStart(5, "0")}${"x".repeat(94)}\n`.repeat(300);
    store.write("log", at, bytes(text));
    at += text.length;
    paint();
  }
  expect(element.textContent.length).toBeLessThan(260_000);
  expect(element.textContent).toContain("00039x");
  expect(element.textContent).not.toContain("00000x");
  expect(element.classList.contains("output-cut")).toBe(true);
});

it("begins again when the log is written anew", () => {
  const store = new StreamStore(never, NO_ENDS);
  const element = document.createElement("pre");
  grow(element, "log", store);
  store.write("log", 0, bytes("a long first text\nmore\n"));
  paint();
  store.write("log", 0, bytes("new\n"));
  paint();
  expect(element.textContent).toBe("new\n");
});

it("shows what follows a hole at once", () => {
  const store = new StreamStore(never, NO_ENDS);
  const element = document.createElement("pre");
  grow(element, "log", store);
  store.write("log", 0, bytes("start\n"));
  paint();
  store.write("log", 1_000_000, bytes("far on\n"));
  paint();
  expect(element.textContent).toBe("far on\n");
});

it("shows whole lines at both sides of what is hidden", () => {
  expect(wholeLines("one\ntwo\nthr", "head")).toBe("one\ntwo\n");
  expect(wholeLines("ur\nfive\n", "tail")).toBe("five\n");
  expect(wholeLines("one long line", "head")).toBe("one long line");
  expect(wholeLines("end of one long line\n", "tail")).toBe("end of one long line\n");
});
