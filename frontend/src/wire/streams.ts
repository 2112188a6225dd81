/**
 * The text of growing logs. Each frame says: from byte `offset` on, the log holds exactly this. What is missing
 * before it is a hole, filled from HTTP ranges; the newest text shows meanwhile. Knows bytes and ranges, no React.
 */

import { EndsStore, type EndsSource } from "./ends";

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A stretch of a log without holes. `start` in bytes. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface LogView {
  readonly pieces: readonly Piece[];
  readonly holes: readonly Range[];
  /** Bytes known from the beginning of the log to its newest end. */
  readonly end: number;
}

export type FetchRange = (
  id: string,
  range: Range,
  signal: AbortSignal,
) => Promise<{ bytes: Uint8Array; total: number }>;

/** Holes up to this size are fetched by themselves; a larger one only in its last part, the rest on request. */
const AUTO_FETCH_BYTES = 256 * 1024;
const LAST_PART_BYTES = 64 * 1024;
const QUIET_MS = 250;
/** What is shown of each end of a long text that is done. */
const END_BYTES = 4096;

const decoder = new TextDecoder();
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Bytes that grow at the end, with their text decoded once. */
class Segment {
  readonly start: number;
  text = "";
  #bytes = new Uint8Array(256);
  #length = 0;
  /** Known pairs of byte and character counts, so that a cut near the end decodes little. */
  #marks: { bytes: number; chars: number }[] = [];

  constructor(start: number, bytes: Uint8Array) {
    this.start = start;
    this.append(bytes);
  }

  get end(): number {
    return this.start + this.#length;
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#marks.push({ bytes: this.#length, chars: this.text.length });
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.text += decoder.decode(bytes);
  }

  /** Keep only what lies before byte `end` of the log. */
  cut(end: number): void {
    const length = end - this.start;
    if (length >= this.#length) return;
    while (this.#marks.length > 0 && (this.#marks.at(-1)?.bytes ?? 0) > length) this.#marks.pop();
    const mark = this.#marks.at(-1) ?? { bytes: 0, chars: 0 };
    this.text = this.text.slice(0, mark.chars) + decoder.decode(this.#bytes.subarray(mark.bytes, length));
    this.#length = length;
  }

  contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

class Log {
  segments: Segment[] = [];
  total = 0;
  view: LogView | null = null;
  timer: ReturnType<typeof setTimeout> | null = null;
  fetching: AbortController | null = null;
  readonly listeners = new Set<() => void>();

  get end(): number {
    return this.segments.at(-1)?.end ?? 0;
  }

  write(offset: number, bytes: Uint8Array): void {
    let last = this.segments.at(-1);
    while (last !== undefined && last.start >= offset) {
      this.segments.pop();
      last = this.segments.at(-1);
    }
    last?.cut(offset);
    if (last !== undefined && last.end === offset) last.append(bytes);
    else if (bytes.length > 0 || offset === 0) this.segments.push(new Segment(offset, bytes));
    this.total = Math.max(this.end, offset);
    this.view = null;
  }

  holes(): Range[] {
    const holes: Range[] = [];
    let at = 0;
    for (const segment of this.segments) {
      if (segment.start > at) holes.push({ start: at, end: segment.start });
      at = segment.end;
    }
    if (this.total > at) holes.push({ start: at, end: this.total });
    return holes;
  }

  /** Put fetched bytes where the log still has a hole; elsewhere what came over the socket is newer. */
  fill(start: number, bytes: Uint8Array): boolean {
    let filled = false;
    for (const hole of this.holes()) {
      const from = Math.max(hole.start, start);
      const to = Math.min(hole.end, start + bytes.length);
      if (from >= to) continue;
      this.segments.push(new Segment(from, bytes.slice(from - start, to - start)));
      filled = true;
    }
    if (!filled) return false;
    this.segments.sort((a, b) => a.start - b.start);
    const joined: Segment[] = [];
    for (const segment of this.segments) {
      const last = joined.at(-1);
      if (last !== undefined && last.end === segment.start) last.append(segment.contents());
      else joined.push(segment);
    }
    this.segments = joined;
    this.view = null;
    return true;
  }
}

export class StreamStore {
  readonly #logs = new Map<string, Log>();
  readonly #fetch: FetchRange;
  readonly ends: EndsStore;

  constructor(fetch: FetchRange, ends: EndsSource) {
    this.#fetch = fetch;
    this.ends = new EndsStore(ends);
  }

  /** Whether anything of a log is here. */
  has(id: string): boolean {
    return (this.#logs.get(id)?.segments.length ?? 0) > 0;
  }

  /** The log is done and holds `total` bytes: its ends are taken from what came, or else asked for. */
  finish(id: string, total: number): void {
    const ends = this.#endsOf(id, total);
    if (ends === null) {
      this.ends.want(id);
      return;
    }
    this.ends.put(id, ends);
    this.forget(id); // nobody shows it as a growing text any more
  }

  /** A frame of channel 4. */
  write(id: string, offset: number, bytes: Uint8Array): void {
    const log = this.#log(id);
    log.write(offset, bytes);
    this.#changed(log);
    this.#scheduleFill(id, log);
  }

  /** What is known of a log; the same object until it changes. */
  view(id: string): LogView {
    const log = this.#log(id);
    log.view ??= {
      pieces: log.segments.map((segment) => ({ start: segment.start, end: segment.end, text: segment.text })),
      holes: log.holes(),
      end: Math.max(log.total, log.end),
    };
    return log.view;
  }

  /** Call `listener` after each change, at most once for a frame from the socket. */
  subscribe(id: string, listener: () => void): () => void {
    const log = this.#log(id);
    log.listeners.add(listener);
    return () => {
      log.listeners.delete(listener);
    };
  }

  /** The runtime document says that the log holds `total` bytes: a late joiner fetches what it lacks. */
  expect(id: string, total: number): void {
    const log = this.#log(id);
    if (total <= log.total) return;
    log.total = total;
    log.view = null;
    this.#scheduleFill(id, log);
  }

  /** Fetch a part that was left out, for *Show all*. Fails with the error of the request. */
  async load(id: string, range: Range): Promise<void> {
    const log = this.#log(id);
    const { bytes, total } = await this.#fetch(id, range, new AbortController().signal);
    log.total = Math.max(log.total, Math.min(total, range.end));
    if (log.fill(range.start, bytes)) this.#changed(log);
  }

  /** Forget a log whose output was cleared. */
  forget(id: string): void {
    const log = this.#logs.get(id);
    if (log === undefined) return;
    if (log.timer !== null) clearTimeout(log.timer);
    log.fetching?.abort();
    this.#logs.delete(id);
  }

  close(): void {
    for (const id of [...this.#logs.keys()]) this.forget(id);
    this.ends.close();
  }

  #endsOf(id: string, total: number): { head: string; tail: string } | null {
    const segments = this.#logs.get(id)?.segments ?? [];
    const [first, last] = [segments[0], segments.at(-1)];
    if (first?.start !== 0 || last?.end !== total) return null;
    if (first === last && total <= 2 * END_BYTES) return { head: first.text, tail: "" };
    if (first.end < END_BYTES || total - last.start < END_BYTES) return null;
    return { head: first.text.slice(0, END_BYTES), tail: last.text.slice(-END_BYTES) };
  }

  #log(id: string): Log {
    let log = this.#logs.get(id);
    if (log === undefined) {
      log = new Log();
      this.#logs.set(id, log);
    }
    return log;
  }

  #changed(log: Log): void {
    for (const listener of log.listeners) listener();
  }

  #scheduleFill(id: string, log: Log): void {
    if (log.timer !== null || log.fetching !== null || log.holes().length === 0) return;
    log.timer = setTimeout(() => {
      log.timer = null;
      void this.#fillNewest(id, log);
    }, QUIET_MS);
  }

  async #fillNewest(id: string, log: Log): Promise<void> {
    const hole = log.holes().at(-1);
    if (hole === undefined) return;
    const small = hole.end - hole.start <= AUTO_FETCH_BYTES;
    if (!small && hole.end !== log.total) return; // the newest text is there; the middle is for *Show all*
    const wanted = small ? hole : { start: hole.end - LAST_PART_BYTES, end: hole.end };
    const abort = new AbortController();
    log.fetching = abort;
    let filled = false;
    try {
      const { bytes } = await this.#fetch(id, wanted, abort.signal);
      let skip = 0;
      while (wanted.start > 0 && skip < 3 && isContinuation(bytes[skip])) skip += 1;
      filled = log.fill(wanted.start + skip, bytes.subarray(skip));
    } catch {
      // Offline, or the output was cleared: the next frame or the reader's *Show all* asks again.
    } finally {
      log.fetching = null;
    }
    if (!filled) return;
    this.#changed(log);
    this.#scheduleFill(id, log);
  }
}
