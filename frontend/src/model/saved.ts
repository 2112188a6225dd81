/** What the top bar says about edits and the connection. Pure. */

import type { Connection } from "../wire/provider";

export type SavedKind = "loading" | "saved" | "saving" | "reconnecting" | "offline" | "closed";

export interface Saved {
  readonly kind: SavedKind;
  readonly text: string;
}

export function savedState(connection: Pick<Connection, "phase" | "saving" | "unsent" | "synced">): Saved {
  const { phase, saving, unsent, synced } = connection;
  switch (phase) {
    case "connecting":
      return { kind: "loading", text: "Connecting…" };
    case "online":
      if (!synced) return { kind: "loading", text: "Opening…" };
      return saving ? { kind: "saving", text: "Saving…" } : { kind: "saved", text: "Saved" };
    case "reconnecting":
      return { kind: "reconnecting", text: `Reconnecting…${unsentText(unsent)}` };
    case "offline":
      return { kind: "offline", text: unsent === 0 ? "Offline" : `Offline, ${edits(unsent)} kept on this device` };
    case "closed":
      return { kind: "closed", text: "Closed" };
  }
}

const edits = (count: number): string => `${count} ${count === 1 ? "edit" : "edits"}`;
const unsentText = (count: number): string => (count === 0 ? "" : ` ${edits(count)} unsent`);
