import { describe, expect, it } from "vitest";
import { amountText, cpuText, freeText, memoryText, mibText, priceText, sizeParts } from "../../src/model/hardware";

describe("sizes", () => {
  it("are told in the units in which limits are given", () => {
    expect([512, 4096, 65_536, 1536, 16_777_216].map(mibText)).toEqual([
      "512 MiB",
      "4 GiB",
      "64 GiB",
      "1.5 GiB",
      "16 TiB",
    ]);
    expect(memoryText(0)).toBe("0 KiB");
    expect(memoryText(1000 * 1024 * 1024)).toBe("1 GiB");
  });

  it("leave out what has no limit", () => {
    expect(sizeParts({ cpus: null, memory_mib: null, gpus: 0, gpu_type: null })).toEqual([]);
    expect(sizeParts({ cpus: 1, memory_mib: 4096, gpus: 2, gpu_type: "a100" })).toEqual(["1 CPU", "4 GiB", "2 × a100"]);
    expect(cpuText(0.5)).toBe("0.5 CPUs");
  });
});

describe("amounts", () => {
  it("show a price without a currency, and little as little", () => {
    expect([0, 0.0001, 0.004, 0.1, 2.5].map(amountText)).toEqual(["0.00", "under 0.001", "0.004", "0.10", "2.50"]);
    expect([null, 0, 2.5].map(priceText)).toEqual(["", "free of charge", "2.50 an hour"]);
  });
});

describe("what is free", () => {
  const of = (free: number | null, total: number | null, queue = 0) => freeText({ free, total, queue, reason: "" });
  it("says nothing where nobody can tell", () => {
    expect(of(null, null)).toBe("");
  });
  it("says so where the engine does not answer", () => {
    expect(freeText({ free: null, total: null, queue: 0, reason: "Nobody answers." })).toBe("free: unknown");
  });
  it("counts, and tells who waits", () => {
    expect(of(3, 7)).toBe("3 of 7 free");
    expect(of(3, null)).toBe("3 free");
    expect(of(0, 7)).toBe("none free now");
    expect(of(0, 7, 1)).toBe("none free, 1 is waiting");
    expect(of(0, 7, 4)).toBe("none free, 4 are waiting");
  });
});
