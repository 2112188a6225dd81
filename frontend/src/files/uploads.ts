/** The files that are on their way up: one at a time, in parts, going on by themselves after a lost connection. */
import { addressOf, joined, nextName, parentOf } from "./names";
import { ApiError, isCode, reasonOf, type FileEntry } from "../wire/http";
import type { sendFile } from "../wire/fileUpload";
import { Store, type Readable } from "../wire/store";

export const PART_BYTES = 8 * 1024 * 1024;
const LONGEST_PAUSE_MS = 30_000;
const MOST_REPEATS = 5;

export type UploadState = "waiting" | "sending" | "reconnecting" | "paused" | "exists" | "failed" | "done";

export interface UploadItem {
  readonly id: number;
  /** Where it goes, in the project. */
  readonly path: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
  /** Why it stopped. */
  readonly reason: string | null;
}

interface Job {
  item: UploadItem;
  file: Blob;
  replaces: boolean;
  /** The id of what the server keeps of it. */
  kept: string | null;
}

export interface Hands {
  send: typeof sendFile;
  forget: (id: string) => Promise<unknown>;
  arrived: (entry: FileEntry) => void;
  /** Ends after so long, or sooner when the browser is online again. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class Uploads {
  readonly #jobs: Job[] = [];
  readonly #store = new Store<readonly UploadItem[]>([]);
  readonly #project: string;
  readonly #hands: Hands;
  #running: { job: Job; stop: AbortController } | null = null;
  #number = 0;

  constructor(project: string, hands: Hands) {
    this.#project = project;
    this.#hands = hands;
  }

  get items(): Readable<readonly UploadItem[]> {
    return this.#store;
  }

  /** Adds files to the queue; each `path` is its place below `folder`. */
  add(folder: string, files: readonly { path: string; file: Blob }[]): void {
    for (const { path, file } of files) {
      this.#number += 1;
      const item: UploadItem = {
        id: this.#number,
        path: joined(folder, path),
        size: file.size,
        sent: 0,
        state: "waiting",
        reason: null,
      };
      this.#jobs.push({ item, file, replaces: false, kept: null });
    }
    this.#changed();
    void this.#work();
  }

  pause(id: number): void {
    this.#stop(id, "paused");
  }

  /** Goes on with what was paused, has failed, or was asked about; `replaces` overwrites what is there. */
  resume(id: number, how: "again" | "replace" | "keep both" = "again"): void {
    const job = this.#job(id);
    if (job === undefined) return;
    if (how === "replace") job.replaces = true;
    if (how === "keep both") {
      const { path } = job.item;
      const folder = parentOf(path);
      this.#set(job, { path: joined(folder, nextName(path.slice(folder === "" ? 0 : folder.length + 1))) });
    }
    this.#set(job, { state: "waiting", reason: null });
    void this.#work();
  }

  /** Takes one out of the list, and what has arrived of it off the server. */
  cancel(id: number): void {
    const job = this.#job(id);
    if (job === undefined) return;
    this.#stop(id, "paused");
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    if (job.kept !== null) void this.#hands.forget(job.kept).catch(() => undefined);
    this.#changed();
    void this.#work();
  }

  /** Forgets what is done. */
  clear(): void {
    this.#jobs.splice(0, this.#jobs.length, ...this.#jobs.filter((job) => job.item.state !== "done"));
    this.#changed();
  }

  #job(id: number): Job | undefined {
    return this.#jobs.find((job) => job.item.id === id);
  }

  #stop(id: number, state: UploadState): void {
    const job = this.#job(id);
    if (job === undefined) return;
    this.#set(job, { state });
    if (this.#running?.job === job) this.#running.stop.abort();
  }

  #set(job: Job, change: Partial<UploadItem>): void {
    job.item = { ...job.item, ...change };
    this.#changed();
  }

  #changed(): void {
    this.#store.set(this.#jobs.map((job) => job.item));
  }

  async #work(): Promise<void> {
    if (this.#running !== null) return;
    const job = this.#jobs.find(({ item }) => item.state === "waiting");
    if (job === undefined) return;
    const stop = new AbortController();
    this.#running = { job, stop };
    this.#set(job, { state: "sending", reason: null });
    try {
      const entry = await this.#send(job, stop.signal);
      this.#set(job, { state: "done", sent: job.item.size });
      this.#hands.arrived(entry);
    } catch (error) {
      // A pause or a cancel has said already what becomes of it.
      if (!stop.signal.aborted) {
        const state = isCode(error, "exists") ? "exists" : "failed";
        this.#set(job, { state, reason: state === "exists" ? null : reasonOf(error) });
      }
    }
    this.#running = null;
    void this.#work();
  }

  /** Sends what is missing until all of it is there; only a lost connection is tried for ever. */
  async #send(job: Job, signal: AbortSignal): Promise<FileEntry> {
    let repeats = 0;
    let waits = 0;
    for (;;) {
      try {
        return await this.#attempt(job, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 504)) {
          this.#set(job, { state: "reconnecting" });
          await this.#hands.pause(Math.min(1000 * 2 ** waits, LONGEST_PAUSE_MS), signal);
          waits += 1;
          signal.throwIfAborted();
          this.#set(job, { state: "sending" });
        } else if (isCode(error, "wrong_offset", "bad_digest", "upload_busy") && repeats < MOST_REPEATS) {
          repeats += 1;
        } else throw error;
      }
    }
  }

  async #attempt(job: Job, signal: AbortSignal): Promise<FileEntry> {
    const { file } = job;
    const common = { project: this.#project, address: addressOf(job.item.path), signal, mustBeNew: !job.replaces };
    if (file.size <= PART_BYTES) {
      const onProgress = (sent: number): void => this.#set(job, { sent: Math.min(sent, file.size) });
      const sent = await this.#hands.send({ ...common, content: file, onProgress });
      if (sent.done) return sent.entry;
    }
    const asked = await this.#hands.send({ ...common, content: null, part: { start: 0, of: file.size } });
    let at = asked.done ? 0 : asked.upload.offset;
    for (;;) {
      const start = at;
      this.#set(job, { sent: start });
      const onProgress = (sent: number): void => this.#set(job, { sent: Math.min(start + sent, file.size) });
      const content = file.slice(start, start + PART_BYTES);
      const sent = await this.#hands.send({ ...common, content, part: { start, of: file.size }, onProgress });
      if (sent.done) return sent.entry;
      job.kept = sent.upload.id;
      at = sent.upload.offset;
    }
  }
}
