import { describe, expect, it } from "vitest";
import { area, History, sparkline, WINDOW_MS } from "../../src/kernel/history";
import type { Metrics } from "../../src/wire/messages";
import { Store } from "../../src/wire/store";

const metrics = (cpu: number): Metrics => ({
  type: "metrics",
  cpu,
  memory: 1,
  memory_limit: null,
  gpus: [],
  unsandboxed: false,
});
const SIZE = [60, 10] as const;

describe("the last minute", () => {
  it("forgets what is older", () => {
    const history = new History();
    for (const at of [0, 30_000, 61_000]) history.push(metrics(at), at);
    expect(history.samples.map((sample) => sample.at)).toEqual([30_000, 61_000]);
  });

  it("follows the figures as they come, and ends with the kernel", () => {
    const store = new Store<Metrics | null>(null);
    const history = new History();
    let told = 0;
    history.subscribe(() => (told += 1));
    let now = 0;
    const stop = history.follow(store, () => now);
    store.set(metrics(1));
    now = 2_000;
    store.set(metrics(2));
    expect(history.samples.map((sample) => sample.metrics.cpu)).toEqual([1, 2]);
    store.set(null);
    expect(history.samples).toEqual([]);
    expect(told).toBe(3);
    stop();
    store.set(metrics(3));
    expect(history.samples).toEqual([]);
  });
});

describe("a sparkline", () => {
  const samples = [0, WINDOW_MS / 2, WINDOW_MS].map((at, index) => ({ at, metrics: metrics(index) }));

  it("puts the newest at the right edge and what is as high as the limit at the top", () => {
    const line = sparkline(samples, (now) => now.cpu, 2, WINDOW_MS, SIZE);
    expect(line).toBe("M0.0,9.0L30.0,5.0L60.0,1.0");
    expect(area(line, SIZE)).toBe(`${line}L60.0,10L0.0,10Z`);
  });

  it("stays inside its box whatever comes", () => {
    const line = sparkline(samples, (now) => now.cpu * 100 - 50, 1, WINDOW_MS, SIZE);
    expect(line).toBe("M0.0,9.0L30.0,1.0L60.0,1.0");
    expect(sparkline(samples, () => 5, 0, WINDOW_MS, SIZE)).toBe("M0.0,9.0L30.0,9.0L60.0,9.0");
  });

  it("is empty without two samples", () => {
    expect(sparkline(samples, () => null, 1, WINDOW_MS, SIZE)).toBe("");
    expect(sparkline(samples.slice(0, 1), (now) => now.cpu, 1, WINDOW_MS, SIZE)).toBe("");
    expect(area("", SIZE)).toBe("");
  });
});
