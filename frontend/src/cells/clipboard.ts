/**
 * Cells that were copied. They are kept in memory and told to the other pages of this browser, and they go to the
 * system's clipboard in the form that JupyterLab reads and writes there, so that cells wander between programs.
 */

import { t } from "@lingui/core/macro";
import { ATTACHMENTS, type CellType } from "../model/cells";
import { copyText } from "../ui/copyText";
import { toastError } from "../ui/Toast";
import type { CellCopy } from "./actions";

/** Copied cells, and the notebook whose pictures they name. */
export interface Clipping {
  readonly notebook: string | null;
  readonly cells: readonly CellCopy[];
}

/** More is no clipboard of cells. */
const MOST_CHARACTERS = 20_000_000;
const NESTED = "json:";
/** What the server takes of a cell's metadata, in characters. */
const MOST_KEY = 256;
const MOST_VALUE = 256 * 1024;

class Clipboard {
  #now: Clipping | null = null;
  readonly #others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("commonbook.cells");

  constructor() {
    this.#others?.addEventListener("message", ({ data }: MessageEvent<Clipping>) => {
      this.#now = data; // of this origin alone
    });
  }

  put(clipping: Clipping): void {
    if (clipping.cells.length === 0) return;
    this.#now = clipping;
    this.#others?.postMessage(clipping);
  }

  /** What was copied in a page of this browser, or else what lies on the system's clipboard. */
  async get(): Promise<Clipping | null> {
    if (this.#now !== null) return this.#now;
    const text = await readText();
    const found = text === null ? null : this.read(text);
    if (found === null) toastError(t`There are no copied cells. Select cells and press C, then V where they belong.`);
    return found;
  }

  /** What a text of the system's clipboard means: copied cells, or else code for a new cell; null for nothing. */
  read(text: string): Clipping | null {
    if (this.#now !== null && textOf(this.#now.cells) === text) return this.#now;
    const cells = cellsFrom(text);
    if (cells !== null) return { notebook: null, cells };
    if (text.trim() === "") return null;
    return { notebook: null, cells: [{ type: "code", source: text.replace(/\r\n?/g, "\n"), meta: {} }] };
  }
}

export const clipboard = new Clipboard();

/** Copy cells by a key or a command; the browser's own copying calls `put` and writes `textOf` itself. */
export function copyCells(clipping: Clipping): void {
  clipboard.put(clipping);
  if (clipping.cells.length > 0) void copyText(textOf(clipping.cells));
}

async function readText(): Promise<string | null> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null; // not allowed, or a page without https
  }
}

/** Cells as JupyterLab writes them: a list of the notebook format's. */
export function textOf(cells: readonly CellCopy[]): string {
  return JSON.stringify(
    cells.map(({ type, source, meta }) => ({
      cell_type: type,
      metadata: metadataOf(meta),
      source,
      ...(type === "code" ? { execution_count: null, outputs: [] } : {}),
    })),
  );
}

/** The cells in a text: JupyterLab's list of them, or a whole notebook file; null for any other text. */
export function cellsFrom(text: string): CellCopy[] | null {
  if (text.length > MOST_CHARACTERS || !/^\s*[[{]/.test(text)) return null;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const list: unknown = Array.isArray(found) ? found : (found as { cells?: unknown }).cells;
  if (!Array.isArray(list) || list.length === 0) return null;
  const cells = list.map(cellFrom);
  return cells.every((cell) => cell !== null) ? cells : null;
}

const TYPES: readonly unknown[] = ["code", "markdown", "raw"] satisfies CellType[];

function cellFrom(value: unknown): CellCopy | null {
  if (typeof value !== "object" || value === null) return null;
  const { cell_type: type, source, metadata, attachments } = value as Readonly<Record<string, unknown>>;
  const text = Array.isArray(source) ? source.join("") : source;
  if (!TYPES.includes(type) || typeof text !== "string") return null;
  return {
    type: type as CellType,
    source: text.replace(/\r\n?/g, "\n"),
    meta: metaOf(metadata),
    ...(isRecord(attachments) ? { attachments } : {}),
  };
}

/** A cell's metadata as the document holds it, in a file's words. */
function metadataOf(meta: CellCopy["meta"]): Record<string, unknown> {
  const written = Object.entries(meta).flatMap(([key, value]): [string, unknown][] => {
    if (key === ATTACHMENTS) return [];
    if (!key.startsWith(NESTED) || typeof value !== "string") return [[key, value]];
    return [[key.slice(NESTED.length), JSON.parse(value)]];
  });
  return Object.fromEntries(written);
}

function metaOf(metadata: unknown): Record<string, unknown> {
  if (!isRecord(metadata)) return {};
  const read = Object.entries(metadata).flatMap(([key, value]): [string, unknown][] => {
    const isNested = typeof value === "object" && value !== null;
    const name = isNested ? `${NESTED}${key}` : key;
    const stored = isNested ? JSON.stringify(value) : value;
    const isTooLong = name.length > MOST_KEY || (typeof stored === "string" && stored.length > MOST_VALUE);
    // How a cell was shown elsewhere belongs to no other page.
    if (isTooLong || key === "" || key.startsWith(NESTED) || key === "attachments" || key === "trusted") return [];
    return [[name, stored]];
  });
  return Object.fromEntries(read);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
