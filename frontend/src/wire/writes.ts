/**
 * Which of this page's edits are saved. The server counts write frames for each connection and acknowledges the
 * first `seq` of them; everything else here is bookkeeping of that count. Pure but for being an object.
 */

export interface Write {
  /** The number of the frame on the present connection; null while it has not been sent. */
  frame: number | null;
  readonly client: number;
  readonly cells: ReadonlySet<string>;
  readonly at: number;
  /** When it went out on the present connection. */
  sentAt: number | null;
}

export class Writes {
  #waiting: Write[] = [];
  #sent = 0;
  #since: number | null = null;

  /** A new connection counts from 1 again, and nothing sent before it counts as sent. */
  connected(): void {
    this.#sent = 0;
    for (const write of this.#waiting) write.frame = write.sentAt = null;
  }

  add(write: Omit<Write, "frame" | "sentAt">): void {
    this.#since ??= write.at;
    this.#waiting.push({ ...write, frame: null, sentAt: null });
  }

  /** A write frame went out that holds every edit so far. */
  sent(now: number): void {
    this.#sent += 1;
    for (const write of this.#waiting) {
      write.frame ??= this.#sent;
      write.sentAt ??= now;
    }
  }

  /** The server committed the first `seq` write frames; says whether that saved anything. */
  acknowledged(seq: number): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((write) => write.frame === null || write.frame > seq);
    if (this.#waiting.length === 0) this.#since = null;
    return this.#waiting.length < before;
  }

  /** Forget all edits, because their document was refused, and say which cells they were in. */
  abandon(): ReadonlySet<string> {
    const cells = this.cells();
    this.#waiting = [];
    this.#since = null;
    return cells;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Since when there has been something unsaved without a break, or null. */
  get since(): number | null {
    return this.#since;
  }

  /** When the oldest edit that waits for its acknowledgement went out, or null. */
  get oldestSent(): number | null {
    return this.#waiting[0]?.sentAt ?? null;
  }

  cells(): ReadonlySet<string> {
    return new Set(this.#waiting.flatMap((write) => [...write.cells]));
  }

  clients(): number[] {
    return [...new Set(this.#waiting.map((write) => write.client))];
  }
}
