import { expect, it } from "vitest";
import { depthShown } from "../../src/ui/jsonDepth";

it("opens a small value whole and a large one by as many levels as fit", () => {
  expect(depthShown({ items: [1, { sku: "A1" }] })).toBe(5);
  expect(depthShown(Array.from({ length: 200 }, (_, at) => [at]))).toBe(1);
  expect(depthShown({ a: Array.from({ length: 30 }, () => 0), b: 1 })).toBe(1);
  expect(depthShown({ a: { b: Array.from({ length: 30 }, () => 0) } })).toBe(2);
  expect(depthShown(5)).toBe(5);
});
