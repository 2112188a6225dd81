import { expect, it } from "vitest";
import { decodeFrame, encodeSync } from "../../src/wire/codec";
import { parseServerMessage } from "../../src/wire/messages";
import { backoffMs } from "../../src/wire/socket";
import { Writes } from "../../src/wire/writes";

it("waits longer with each attempt, at most 8 s, and never the same for all", () => {
  expect(backoffMs(1, 1)).toBe(250);
  expect(backoffMs(1, 0)).toBe(125);
  expect(backoffMs(3, 1)).toBe(1000);
  expect(backoffMs(50, 1)).toBe(8000);
});

it("reads no frame that is cut short or unknown", () => {
  const whole = encodeSync(0, 2, Uint8Array.from([1, 2, 3]));
  expect(decodeFrame(whole)).toMatchObject({ kind: "sync", channel: 0, step: 2 });
  expect(decodeFrame(whole.slice(0, 4))).toBeNull();
  expect(decodeFrame(Uint8Array.from([]))).toBeNull();
  expect(decodeFrame(Uint8Array.from([9, 0]))).toBeNull();
  expect(decodeFrame(Uint8Array.from([5, 123]))).toBeNull();
});

it("drops capabilities it does not know and messages it cannot read", () => {
  expect(parseServerMessage('{"type":"rights","rights":["RUN","FLY",3]}')).toEqual({ type: "rights", rights: ["RUN"] });
  expect(parseServerMessage('{"type":"hello"}')).toBeNull();
  expect(parseServerMessage('{"type":"surprise"}')).toBeNull();
  expect(parseServerMessage("[]")).toBeNull();
});

it("saves edits in the order of their frames and forgets the count of a lost connection", () => {
  const writes = new Writes();
  const write = (at: number) => writes.add({ client: 1, cells: new Set([`c${at}`]), at });
  write(1);
  writes.sent(1);
  write(2);
  write(3);
  writes.sent(3);
  expect(writes.acknowledged(1)).toBe(true);
  expect([...writes.cells()]).toEqual(["c2", "c3"]);
  writes.connected();
  expect(writes.acknowledged(2)).toBe(false);
  writes.sent(9);
  expect(writes.acknowledged(1)).toBe(true);
  expect(writes.count).toBe(0);
});
