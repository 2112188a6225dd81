/** The tree as the rows that are seen of it. Pure. */
import type { FileEntry, FolderListing } from "../wire/http";

export type Row =
  | { type: "entry"; key: string; level: number; entry: FileEntry; expanded: boolean | null; place: number; of: number }
  | { type: "more"; key: string; level: number; folder: string; left: number }
  | { type: "note"; key: string; level: number; folder: string; note: "loading" | "empty" | "failed" };

export interface Shown {
  listings: ReadonlyMap<string, FolderListing | "loading" | "failed">;
  expanded: ReadonlySet<string>;
  /** Whether names that begin with a dot show too. */
  hidden: boolean;
}

export function rowsOf(shown: Shown): Row[] {
  const rows: Row[] = [];
  fill(rows, "", 1, shown);
  return rows;
}

function fill(rows: Row[], folder: string, level: number, shown: Shown): void {
  const listing = shown.listings.get(folder) ?? "loading";
  if (listing === "loading" || listing === "failed") {
    rows.push({ type: "note", key: `${folder}?`, level, folder, note: listing });
    return;
  }
  const entries = shown.hidden ? listing.items : listing.items.filter((entry) => !entry.name.startsWith("."));
  if (entries.length === 0 && listing.next == null) {
    if (level > 1) rows.push({ type: "note", key: `${folder}?`, level, folder, note: "empty" });
    return;
  }
  entries.forEach((entry, index) => {
    const isOpen = entry.kind === "folder" && shown.expanded.has(entry.address);
    rows.push({
      type: "entry",
      key: entry.address,
      level,
      entry,
      expanded: entry.kind === "folder" ? isOpen : null,
      place: index + 1,
      of: entries.length,
    });
    if (isOpen) fill(rows, entry.address, level + 1, shown);
  });
  if (listing.next != null) {
    rows.push({ type: "more", key: `${folder}…`, level, folder, left: listing.total - listing.items.length });
  }
}

export type Step = { go: string } | { open: string } | { close: string } | null;

/** What an arrow key does in a tree, as ARIA says. */
export function stepOf(rows: readonly Row[], at: string | null, key: string): Step {
  const index = rows.findIndex((row) => row.key === at);
  const to = (next: number): Step => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
    return row === undefined ? null : { go: row.key };
  };
  const here = rows[index];
  switch (key) {
    case "ArrowDown":
      return to(index + 1);
    case "ArrowUp":
      return to(Math.max(0, index) - 1);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "ArrowRight":
      if (here?.type !== "entry" || here.expanded === null) return null;
      return here.expanded ? to(index + 1) : { open: here.entry.address };
    case "ArrowLeft": {
      if (here === undefined) return null;
      if (here.type === "entry" && here.expanded === true) return { close: here.entry.address };
      const above = rows.slice(0, index).findLast((row) => row.level < here.level);
      return above === undefined ? null : { go: above.key };
    }
    default:
      return null;
  }
}
