/** What the top bar says about edits and the connection. Pure. */

import { plural, t } from "@lingui/core/macro";
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
      return { kind: "loading", text: t`Connecting…` };
    case "online":
      if (!synced) return { kind: "loading", text: t`Opening…` };
      if (!saving) return { kind: "saved", text: t`Saved` };
      return {
        kind: "saving",
        text:
          unsent === 0
            ? t`Saving…`
            : plural(unsent, { one: "Saving… # edit not saved yet", other: "Saving… # edits not saved yet" }),
      };
    case "reconnecting":
      return {
        kind: "reconnecting",
        text:
          unsent === 0
            ? t`Reconnecting…`
            : plural(unsent, { one: "Reconnecting… # edit unsent", other: "Reconnecting… # edits unsent" }),
      };
    case "offline":
      return {
        kind: "offline",
        text:
          unsent === 0
            ? t`Offline`
            : plural(unsent, {
                one: "Offline, # edit kept on this device",
                other: "Offline, # edits kept on this device",
              }),
      };
    case "closed":
      return { kind: "closed", text: t`Closed` };
  }
}
