/** What the source document says about cells. Pure reading; `cells/actions` writes. */

import * as Y from "yjs";
import { sqlOf } from "./sql";

export type CellType = "code" | "markdown" | "raw";
/** What the text of a cell is written in. */
export type Language = CellType | "sql";
export type CellMap = Y.Map<unknown>;
export type CellsMap = Y.Map<unknown>;

/** What a cell's frame shows; its text has observers of its own. */
export interface CellHead {
  readonly id: string;
  readonly type: CellType;
  readonly language: Language;
  readonly source: Y.Text;
}

export const cellsOf = (doc: Y.Doc): CellsMap => doc.getMap("cells");

export function cellMap(cells: CellsMap, id: string): CellMap | null {
  const cell = cells.get(id);
  return cell instanceof Y.Map ? (cell as CellMap) : null;
}

export const isDeleted = (cell: CellMap): boolean => cell.get("deleted") !== undefined;

/** Whether it lies in the bin since this client put it there. */
export const isDeletedBy = (cell: CellMap, client: number): boolean =>
  isDeleted(cell) && cell._map.get("deleted")?.id.client === client;

/** A cell in the bin, and who put it there, by client id. */
export interface BinnedCell {
  readonly id: string;
  readonly type: CellType;
  readonly text: string;
  readonly deletedAt: number;
  readonly client: number;
}

/** The deleted cells that hold something, the last deleted first. */
export function binOf(cells: CellsMap): BinnedCell[] {
  const binned: BinnedCell[] = [];
  for (const [id, cell] of cells) {
    if (!(cell instanceof Y.Map)) continue;
    const map = cell as CellMap;
    const deletedAt = map.get("deleted");
    const head = headOf(id, map);
    const text = head?.source.toJSON() ?? "";
    if (head === null || typeof deletedAt !== "number" || text.trim() === "") continue;
    binned.push({ id, type: head.type, text, deletedAt, client: map._map.get("deleted")?.id.client ?? 0 });
  }
  return binned.sort((a, b) => b.deletedAt - a.deletedAt || compare(a.id, b.id));
}

export function posOf(cell: CellMap): string {
  const pos = cell.get("pos");
  return typeof pos === "string" ? pos : "";
}

export function headOf(id: string, cell: CellMap): CellHead | null {
  const source = cell.get("source");
  if (!(source instanceof Y.Text)) return null;
  const found = cell.get("type");
  const type = found === "markdown" || found === "raw" ? found : "code";
  return { id, source, type, language: type === "code" && sqlOf(cell) !== null ? "sql" : type };
}

interface Placed {
  readonly id: string;
  readonly pos: string;
}

const byPlace = (a: Placed, b: Placed): number => compare(a.pos, b.pos) || compare(a.id, b.id);
/** By UTF-16 code unit, as the server sorts; a locale would put "Zz" after "a0". */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All cells in order, those in the bin too: a new place must not fall on theirs. */
export function placesInOrder(cells: CellsMap): (Placed & { readonly deleted: boolean })[] {
  const placed: (Placed & { deleted: boolean })[] = [];
  for (const [id, cell] of cells) {
    if (!(cell instanceof Y.Map)) continue;
    const map = cell as CellMap;
    if (map.get("source") instanceof Y.Text) placed.push({ id, pos: posOf(map), deleted: isDeleted(map) });
  }
  return placed.sort(byPlace);
}

/** The ids of the living cells, in order. */
export function orderOf(cells: CellsMap): string[] {
  return placesInOrder(cells)
    .filter((cell) => !cell.deleted)
    .map((cell) => cell.id);
}

/** The places around the spot below `after` (null: the top). */
export function gapAfter(
  cells: CellsMap,
  after: string | null,
  without: ReadonlySet<string> = new Set(),
): [string | null, string | null] {
  const places = placesInOrder(cells).filter((cell) => !without.has(cell.id));
  if (after === null) return [null, places[0]?.pos ?? null];
  const index = places.findIndex((cell) => cell.id === after);
  if (index < 0) return [places.at(-1)?.pos ?? null, null];
  return [places[index]?.pos ?? null, places[index + 1]?.pos ?? null];
}

/** One stretch of neighbours from `anchor` to `head`, in order. */
export function stretch(order: readonly string[], anchor: string, head: string): string[] {
  const [a, b] = [order.indexOf(anchor), order.indexOf(head)];
  if (a < 0 || b < 0) return b < 0 ? [] : [head];
  return order.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export const ATTACHMENTS = "json:attachments";

type Bundles = Readonly<Record<string, Readonly<Record<string, { readonly sha256?: unknown } | null>> | null>>;

/** The attachments of a text cell as they are stored: name to MIME to blob. */
export function attachmentsIn(cell: CellMap): Bundles {
  const meta = cell.get("meta");
  return meta instanceof Y.Map ? bundlesIn(meta.get(ATTACHMENTS)) : {};
}

function bundlesIn(text: unknown): Bundles {
  if (typeof text !== "string") return {};
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Bundles) : {};
  } catch {
    return {}; // damaged metadata of an imported file: the text shows, its pictures do not
  }
}

/** The attachments of a text cell: name to the hash of its first picture. */
export const attachmentsOf = (cell: CellMap): ReadonlyMap<string, string> => firstPictures(attachmentsIn(cell));

/** The same, of the entry that a cell's metadata has under `ATTACHMENTS`. */
export const picturesIn = (text: unknown): ReadonlyMap<string, string> => firstPictures(bundlesIn(text));

function firstPictures(bundles: Bundles): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, bundle] of Object.entries(bundles)) {
    const picture = Object.entries(bundle ?? {}).find(([mime]) => mime.startsWith("image/"))?.[1]?.sha256;
    if (typeof picture === "string") found.set(name, picture);
  }
  return found;
}
