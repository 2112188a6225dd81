import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unpackLz4 } from "../../src/files/lz4";
import { NotShown, parquetTable } from "../../src/files/parquet";
import { readFrame } from "../../src/frames/bundle";

const WORDS = { tooLarge: "too large", packed: (codec: string) => `packed with ${codec}` };

/** A file as pyarrow writes it: 302 rows of `town` and `depth`. */
async function tableOf(codec: string): Promise<unknown> {
  const raw = readFileSync(new URL(`./parquet/towns.${codec}.parquet`, import.meta.url));
  const bytes = new Uint8Array(raw).buffer;
  const slice = async (start: number, end?: number) => Promise.resolve(bytes.slice(start, end));
  return parquetTable({ byteLength: bytes.byteLength, slice }, WORDS);
}

test("a file packed with LZ4 is shown", async () => {
  const frame = readFrame(await tableOf("lz4"));
  expect(frame?.columns.map((column) => column.name)).toEqual(["town", "depth"]);
  expect(frame?.cells[0]?.slice(0, 3)).toEqual(["Ålesund", expect.anything(), "Bergen"]);
  expect(frame?.cells[1]?.slice(0, 4)).toEqual(["3.5", "4", "0", "1"]);
});

test("what no browser unpacks is named", async () => {
  await expect(tableOf("brotli")).rejects.toEqual(new NotShown("packed with BROTLI"));
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const block = Uint8Array.from([0x35, 97, 98, 99, 3, 0, 0x10, 33]); // "abc", nine more of the same, "!"

test("LZ4 repeats what overlaps, alone and in the frames of Hadoop", () => {
  expect(text(unpackLz4(block, 13))).toBe("abcabcabcabc!");
  const framed = Uint8Array.from([0, 0, 0, 13, 0, 0, 0, block.length, ...block]);
  expect(text(unpackLz4(Uint8Array.from([...framed, ...framed]), 26))).toBe("abcabcabcabc!".repeat(2));
});

test.each([
  ["cut short", block.slice(0, 5), 13],
  ["too long for its page", block, 12],
  ["back before the beginning", Uint8Array.from([0x35, 97, 98, 99, 9, 0, 0x10, 33]), 13],
])("damaged LZ4 is refused: %s", (_, input, size) => {
  expect(() => unpackLz4(input, size)).toThrow("damaged");
});
