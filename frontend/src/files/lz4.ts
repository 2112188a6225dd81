/** Unpacks LZ4 as Parquet files hold it: one block, or blocks with their sizes before each, as Hadoop writes them. */

const SIZES = 8;
const SHORTEST_MATCH = 4;

/** Throws where the input is damaged. */
export function unpackLz4(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  if (!unpackFramed(input, output) && unpackBlock(input, output, 0) !== size) throw damaged();
  return output;
}

const damaged = (): Error => new Error("LZ4 data are damaged.");

function unpackFramed(input: Uint8Array, output: Uint8Array): boolean {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  let done = 0;
  while (input.length - at > SIZES) {
    const unpacked = view.getUint32(at);
    const packed = view.getUint32(at + 4);
    at += SIZES;
    if (packed > input.length - at || unpacked > output.length - done) return false;
    try {
      if (unpackBlock(input.subarray(at, at + packed), output, done) !== done + unpacked) return false;
    } catch {
      return false;
    }
    at += packed;
    done += unpacked;
  }
  return at === input.length && done === output.length;
}

/** Returns where the output ends. */
function unpackBlock(input: Uint8Array, output: Uint8Array, start: number): number {
  let from = 0;
  let to = start;
  const byte = (): number => {
    const value = input[from];
    if (value === undefined) throw damaged();
    from += 1;
    return value;
  };
  const length = (short: number): number => {
    let sum = short;
    if (short < 15) return sum;
    for (let more = 255; more === 255; sum += more) more = byte();
    return sum;
  };
  while (from < input.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (literals > input.length - from || literals > output.length - to) throw damaged();
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === input.length) break; // the last sequence has no match
    const back = byte() | (byte() << 8);
    const matched = length(token & 15) + SHORTEST_MATCH;
    if (back === 0 || back > to || matched > output.length - to) throw damaged();
    for (let end = to + matched; to < end; to += 1) output[to] = output[to - back] ?? 0; // what overlaps repeats
  }
  return to;
}
