/**
 * A table in the kernel: the pages around what shows, kept until the table or the view is another one.
 *
 * Every answer carries a token of the state that it was read in. One of another run throws away all pages; a table
 * that changed gives none, and the grid keeps what it has until the person loads it again.
 */
import { t } from "@lingui/core/macro";
import { ApiError } from "../wire/http";
import {
  readCells,
  readColumns,
  readPicture,
  readProfile,
  storedRows,
  type Cell,
  type Column,
  type Frame,
  type Profile,
} from "./bundle";
import type { Ask, FrameQuestion } from "./host";
import type { Range } from "./layout";
import type { RowSource } from "./source";
import type { RowsView } from "./view";

const BLOCK = 100;
const CHUNK = 40;
const MOST_BLOCKS = 600;
const MOST_PICTURES = 2000;
const PAUSE_MS = 25;
const BUSY_AGAIN_MS = 2000;
const LOADED_AT_ONCE = 1000;

/** `changed` and `gone` wait for the person; `busy` asks again by itself. */
export type Trouble = { readonly kind: "changed" | "gone" | "busy" | "refused"; readonly reason: string };

export interface RemoteState {
  readonly columns: readonly Column[];
  readonly index: readonly Column[];
  readonly isRunning: boolean;
  readonly isWaiting: boolean;
  readonly trouble: Trouble | null;
  /** Whether a page of the present view has come. */
  readonly isFresh: boolean;
}

export class RemoteTable implements RowSource {
  rows: number;
  state: RemoteState;
  readonly #ask: Ask;
  readonly #listeners = new Set<() => void>();
  readonly #blocks = new Map<string, readonly (readonly Cell[])[]>();
  readonly #asked = new Set<string>();
  readonly #pictures = new Map<string, string | null>();
  readonly #picturesAsked = new Set<number>();
  #profiles = new Map<number, Profile | null>();
  #version = 0;
  #token: string;
  #view: RowsView;
  #round = 0;
  #wanted: { rows: Range; columns: readonly number[] } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  private constructor(ask: Ask, token: string, rows: number, view: RowsView, state: RemoteState) {
    this.#ask = ask;
    this.#token = token;
    this.#view = view;
    this.rows = rows;
    this.state = state;
  }

  /** Open a table in its present state. */
  static async open(ask: Ask, view: RowsView, stored: Frame | null): Promise<RemoteTable> {
    const answer = await ask({ operation: "open" });
    const profiles = new Map(stored?.columns.map((column) => [column.at, column.profile]));
    const columns = readColumns(answer.columns, 0).map((column) => ({
      ...column,
      profile: profiles.get(column.at) ?? null,
    }));
    const state = {
      columns,
      index: readColumns(answer.index, null),
      isRunning: answer.running === true,
      isWaiting: false,
      trouble: null,
      isFresh: false,
    };
    const rows = answer.rows ?? (stored === null ? 0 : storedRows(stored));
    return new RemoteTable(ask, answer.token ?? "", rows, view, state);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  readonly cell = (row: number, column: number): Cell | undefined => {
    const block = this.#blocks.get(keyOf(row, this.#chunkOf(column)));
    return block?.[this.#placeOf(column)]?.[row % BLOCK];
  };

  readonly picture = (row: number, column: number): string | null | undefined => this.#pictures.get(`${row}:${column}`);

  readonly want = (rows: Range, columns: readonly number[]): void => {
    this.#wanted = { rows, columns };
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#getWanted();
    }, PAUSE_MS);
  };

  /** Show other rows, or the same in another order. */
  setView(view: RowsView): void {
    if (view === this.#view) return;
    const isFiltered = view.filters !== this.#view.filters || view.search !== this.#view.search;
    this.#view = view;
    this.#forget();
    if (isFiltered) this.#profiles.clear();
    this.#changed({ isFresh: false, trouble: null });
    if (this.#wanted !== null) this.want({ start: 0, end: BLOCK }, this.#wanted.columns);
  }

  /** The cells of a part of the table, all of them. */
  async load(rows: Range, columns: readonly number[]): Promise<void> {
    for (let start = rows.start; start < rows.end; start += LOADED_AT_ONCE) {
      const part = { start, end: Math.min(rows.end, start + LOADED_AT_ONCE) };
      await Promise.all(this.#missing(part, columns).map((block) => this.#get(block)));
    }
  }

  /** Ask about this table in this state and view. */
  async about(question: FrameQuestion): Promise<Awaited<ReturnType<Ask>>> {
    return this.#ask({ view: wire(this.#view), ...question, token: this.#token });
  }

  /** Get figures of columns for the present view; they come with the columns. */
  async profile(columns: readonly number[]): Promise<void> {
    const wanted = columns.filter((at) => at >= 0 && !this.#profiles.has(at));
    if (wanted.length === 0) return;
    const round = this.#round;
    for (const at of wanted) this.#profiles.set(at, null);
    try {
      const answer = await this.about({ operation: "profile", columns: [...wanted] });
      if (round !== this.#round) return;
      for (const [at, profile] of Object.entries(answer.profiles ?? {}))
        this.#profiles.set(Number(at), readProfile(profile));
      const known = (column: Column): Column => ({
        ...column,
        profile: this.#profiles.get(column.at) ?? column.profile,
      });
      this.#changed({ columns: this.state.columns.map(known) });
    } catch (error) {
      for (const at of wanted) this.#profiles.delete(at);
      if (!(error instanceof ApiError)) throw error;
    }
  }

  close(): void {
    this.#round += 1;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
  }

  #chunkOf(column: number): number {
    return column < 0 ? -1 : Math.floor(column / CHUNK);
  }

  #placeOf(column: number): number {
    return column < 0 ? column + this.state.index.length : column % CHUNK;
  }

  #columnsOf(chunk: number): number[] {
    if (chunk < 0) return this.state.index.map((column) => column.at);
    return this.state.columns.slice(chunk * CHUNK, (chunk + 1) * CHUNK).map((column) => column.at);
  }

  #missing(rows: Range, columns: readonly number[]): { start: number; chunk: number }[] {
    const chunks = new Set(columns.map((column) => this.#chunkOf(column)));
    const found = [];
    for (let start = Math.floor(rows.start / BLOCK) * BLOCK; start < rows.end; start += BLOCK)
      for (const chunk of chunks) if (!this.#blocks.has(keyOf(start, chunk))) found.push({ start, chunk });
    return found;
  }

  #getWanted(): void {
    if (this.#wanted === null || this.state.trouble?.kind === "changed" || this.state.trouble?.kind === "gone") return;
    const { rows, columns } = this.#wanted;
    const missing = this.#missing(rows, columns).filter(({ start, chunk }) => !this.#asked.has(keyOf(start, chunk)));
    for (const block of missing) void this.#get(block);
    for (const at of columns)
      if (this.state.columns[at]?.kind === "image" && !this.#picturesAsked.has(at)) void this.#getPictures(at, rows);
  }

  /** Get the thumbnails that a column lacks among some rows; the rest of them with the next look. */
  async #getPictures(column: number, rows: Range): Promise<void> {
    const end = Math.min(rows.end, this.rows);
    let start = rows.start;
    while (start < end && this.picture(start, column) !== undefined) start += 1;
    if (start >= end) return;
    const round = this.#round;
    this.#picturesAsked.add(column);
    try {
      const answer = await this.about({ operation: "pictures", start, stop: end, column });
      if (round !== this.#round) return;
      this.#picturesAsked.delete(column);
      const found = answer.pictures ?? [];
      for (const [place, address] of found.entries())
        this.#pictures.set(`${start + place}:${column}`, readPicture(address));
      for (const oldest of this.#pictures.keys()) {
        if (this.#pictures.size <= MOST_PICTURES) break;
        this.#pictures.delete(oldest);
      }
      this.#changed({});
      if (found.length > 0 && this.#wanted !== null) this.want(this.#wanted.rows, this.#wanted.columns);
    } catch (error) {
      if (round !== this.#round) return;
      this.#picturesAsked.delete(column);
      this.#failed(error);
    }
  }

  async #get({ start, chunk }: { start: number; chunk: number }): Promise<void> {
    const key = keyOf(start, chunk);
    const round = this.#round;
    const columns = this.#columnsOf(chunk);
    this.#asked.add(key);
    if (!this.state.isFresh && !this.state.isWaiting) this.#changed({ isWaiting: true });
    try {
      const answer = await this.about({ operation: "page", start, stop: start + BLOCK, columns });
      if (round !== this.#round) return;
      this.#take(key, answer, columns.length);
    } catch (error) {
      if (round === this.#round) this.#failed(error);
    } finally {
      if (round === this.#round) this.#asked.delete(key);
    }
  }

  #take(key: string, answer: Awaited<ReturnType<Ask>>, columns: number): void {
    const token = answer.token ?? "";
    if (token !== this.#token) {
      // A cell has run since: nothing that came before it is shown beside what comes after.
      this.#forget();
      this.#token = token;
    }
    const cells = readCells(answer.cells, columns);
    if (cells === null) return;
    this.#blocks.set(key, cells);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    this.rows = answer.rows ?? this.rows;
    this.#changed({ isRunning: answer.running === true, isWaiting: false, isFresh: true, trouble: null });
    if (this.#wanted !== null) this.want(this.#wanted.rows, this.#wanted.columns);
  }

  #failed(error: unknown): void {
    const trouble = troubleOf(error);
    // Where none of them came, empty rows would seem to be on their way for ever.
    if (trouble.kind !== "busy" && this.#blocks.size === 0) this.rows = 0;
    this.#changed({ trouble, isWaiting: trouble.kind === "busy" });
    if (trouble.kind === "busy") {
      const round = this.#round;
      setTimeout(() => {
        if (round === this.#round) this.#getWanted();
      }, BUSY_AGAIN_MS);
    }
  }

  #forget(): void {
    this.#round += 1;
    this.#blocks.clear();
    this.#asked.clear();
    this.#pictures.clear();
    this.#picturesAsked.clear();
  }

  #changed(change: Partial<RemoteState>): void {
    this.state = { ...this.state, ...change };
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

const keyOf = (row: number, chunk: number): string => `${Math.floor(row / BLOCK)}:${chunk}`;

export const wire = (view: RowsView): NonNullable<FrameQuestion["view"]> => ({
  sort: view.sort.map(({ column, descending }) => ({ column, descending })),
  filters: view.filters.map(({ column, operation, values }) => ({ column, operation, values: [...values] })),
  search: view.search,
});

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof ApiError))
    return { kind: "refused", reason: t`Something went wrong on this page. Reload it.` };
  switch (error.code) {
    case "frame_changed":
      return { kind: "changed", reason: error.reason };
    case "kernel_busy":
    case "offline":
      return { kind: "busy", reason: error.reason };
    case "kernel_gone":
    case "no_agent":
      return { kind: "gone", reason: error.reason };
    default:
      return { kind: "refused", reason: error.reason };
  }
}
