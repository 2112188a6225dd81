/** What the page knows of its connection, and what is needed to make one. */

import type { EndsSource } from "./ends";
import type { Capability, Person } from "./messages";
import type { FinalCode, OpenSocket } from "./socket";
import type { FetchRange } from "./streams";
import type { Shelf } from "./shelf";
import type { WidgetMove, WidgetSnapshot } from "./widgets";

export type Phase = "connecting" | "online" | "reconnecting" | "offline" | "closed";

export interface Connection {
  readonly phase: Phase;
  /** Why the connection ended for good. */
  readonly closed: { readonly code: FinalCode; readonly reason: string } | null;
  readonly user: Person | null;
  readonly rights: ReadonlySet<Capability>;
  /** The first contents of the source document have come. */
  readonly synced: boolean;
  /** Edits that wait for a connection, or for the server's answer for long; 0 while all is well. */
  readonly unsent: number;
  /** An edit has waited for its acknowledgement long enough to say so. */
  readonly saving: boolean;
}

export interface LiveOptions {
  /** The id under which unsent edits are kept. */
  readonly history: string;
  readonly openSocket: OpenSocket;
  /** Where unsent edits outlive the page, or null for nowhere. */
  readonly keep: Shelf | null;
  /** Asked when no connection could be opened: the code that ends it (4401, 4403, 4404), or null to go on. */
  readonly probe: () => Promise<number | null>;
}

export interface ProviderOptions extends Omit<LiveOptions, "history"> {
  readonly notebook: string;
  readonly fetchRange: FetchRange;
  readonly ends: EndsSource;
  readonly loadWidgets: () => Promise<WidgetSnapshot>;
  /** Sends a move that is too large for the socket; resolves to the kernel's message, rejects with `CommandRefused`. */
  readonly moveLarge: (move: WidgetMove) => Promise<string>;
}
