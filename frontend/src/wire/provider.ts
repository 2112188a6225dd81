/**
 * The page's end of the notebook socket: three documents, presence, streams and commands over one connection.
 * Implements docs/protocol.md. Knows nothing of cells but the ids that drafts are kept under.
 */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import {
  Channel,
  Sync,
  decodeFrame,
  encodeAwareness,
  encodeControl,
  encodeSync,
  type Frame,
  type SyncChannel,
} from "./codec";
import { Commands } from "./commands";
import type { Connection, Phase, ProviderOptions } from "./connection";
import { destroyDocuments, draftsOf, newDocuments, textOf, type Documents, type Draft } from "./documents";
import type {
  Alive,
  Capability,
  CommandOp,
  Hello,
  JobProgress,
  LoadedVersion,
  Metrics,
  Notice,
  ServerMessage,
} from "./messages";
import { OwnPresence } from "./ownPresence";
import { listenToPage } from "./pageEvents";
import { ReconnectingSocket, isFinal, type FinalCode } from "./socket";
import { SavingClock } from "./savingClock";
import { Store, type Readable } from "./store";
import { StreamStore } from "./streams";
import { touchedCells } from "./touched";
import { VariableStore } from "./variables";
import { WidgetStore } from "./widgets";
import { Kept } from "./unsent";
import { Writes } from "./writes";

/** The origin of everything that came over the wire; never null, or a peer's edits could be undone here. */
export const REMOTE = Symbol("remote");

export type { Connection, Phase, ProviderOptions };

const KEEP_AFTER_MS = 300;
/** The first cells wait this long for their outputs, so that they are drawn once and not twice. */
const RUNTIME_WAIT_MS = 150;
const OFFLINE_AFTER_ATTEMPTS = 4;
const OTHER_HISTORY = t`The notebook was restored to another version.`;
const NOBODY: ReadonlySet<Capability> = new Set();

/** Counters: whoever sees one move asks again. */
export interface PackageNews {
  readonly imports: number;
  readonly requests: number;
}

export class Provider {
  readonly streams: StreamStore;
  readonly widgets: WidgetStore;
  readonly variables: VariableStore;
  readonly #options: ProviderOptions;
  readonly #socket: ReconnectingSocket;
  readonly #commands: Commands;
  readonly #writes = new Writes();
  readonly #connection: Store<Connection>;
  readonly #documents: Store<Documents>;
  readonly #drafts = new Store<readonly Draft[]>([]);
  readonly #metrics = new Store<Metrics | null>(null);
  readonly #job = new Store<JobProgress | null>(null);
  readonly #restartAdvised = new Store<readonly LoadedVersion[]>([]);
  readonly #packageNews = new Store<PackageNews>({ imports: 0, requests: 0 });
  readonly #alive = new Store<Alive | null>(null);
  readonly #notice = new Store<Notice | null>(null);
  readonly #presence: OwnPresence;
  #stop: () => void = () => undefined;
  #epoch: string | null = null;
  #greeted = false;
  /** Counts connections: what was begun for an earlier one is dropped. */
  #turn = 0;
  #takenUp: Promise<void> | null = null;
  /** Documents that fill while the old ones still show, after a reset. */
  #next: { documents: Documents; cells: ReadonlySet<string>; reason: string } | null = null;
  /** Unsent edits go up with the answer to the server's step 1; until then no later write may overtake them. */
  #holding = false;
  readonly #clock = new SavingClock(
    () => this.#writesChanged(),
    () => this.#socket.drop(),
  );
  #keepTimer: ReturnType<typeof setTimeout> | null = null;
  #syncedTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #kept: Kept | null;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#kept = options.keep === null ? null : new Kept(options.keep, options.notebook);
    this.#documents = new Store(newDocuments(1));
    this.#connection = new Store<Connection>({
      phase: "connecting",
      closed: null,
      user: null,
      rights: NOBODY,
      synced: false,
      unsent: 0,
      saving: false,
    });
    this.#presence = new OwnPresence(REMOTE, (update) => {
      if (this.#greeted) this.#socket.send(encodeAwareness(update));
    });
    this.streams = new StreamStore(options.fetchRange, options.ends);
    this.widgets = new WidgetStore(options.loadWidgets, async (move) => {
      const { message } = await this.command("comm", { ...move });
      return String(message);
    });
    this.variables = new VariableStore((open) => {
      this.command("look_at_variables", { open }).catch(() => undefined); // closed, or asked again once connected
    });
    this.#commands = new Commands((message) => this.#ready && this.#socket.send(encodeControl(message)));
    this.#socket = new ReconnectingSocket(
      options.url,
      {
        onOpen: () => undefined, // the server speaks first
        onFrame: (frame) => this.#receive(frame),
        onLost: (attempt, opened) => this.#lost(attempt, opened),
        onFinal: (code, reason) => this.#close(code, reason),
      },
      options.openSocket,
    );
    this.#watch(this.#documents.get());
  }

  get awareness(): Awareness {
    return this.#presence.awareness;
  }

  get connection(): Readable<Connection> {
    return this.#connection;
  }

  get documents(): Readable<Documents> {
    return this.#documents;
  }

  get drafts(): Readable<readonly Draft[]> {
    return this.#drafts;
  }

  get metrics(): Readable<Metrics | null> {
    return this.#metrics;
  }

  /** The last word about a change of the project's environment. */
  get job(): Readable<JobProgress | null> {
    return this.#job;
  }

  /** What the kernel has loaded in another version than is installed; empty it when that is settled. */
  get restartAdvised(): Store<readonly LoadedVersion[]> {
    return this.#restartAdvised;
  }

  /** How often what is imported, and who asks for what, has become another since this page opened. */
  get packageNews(): Readable<PackageNews> {
    return this.#packageNews;
  }

  /** Why the kernel lives and when it stops. */
  get alive(): Readable<Alive | null> {
    return this.#alive;
  }

  /** The last word to everybody here that nobody has put away. */
  get notice(): Readable<Notice | null> {
    return this.#notice;
  }

  dismissNotice(): void {
    this.#notice.set(null);
  }

  start(): void {
    this.#stop = listenToPage({
      retry: () => this.#socket.retryNow(),
      offline: () => this.#setPhaseIfLost("offline"),
      leave: () => this.keepNow(),
      print: () => this.streams.ends.loadNow(),
    });
    this.#socket.connect();
  }

  /** Ask the server to do something; rejects with `CommandRefused`. */
  command(op: CommandOp, args: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#commands.ask(op, args);
  }

  discardDraft(draft: Draft): void {
    this.#drafts.set(this.#drafts.get().filter((one) => one !== draft));
  }

  close(): void {
    this.#turn += 1;
    this.#stop();
    this.#presence.close();
    this.#socket.end();
    this.#commands.close();
    this.streams.close();
    this.widgets.close();
    this.#clock.stop();
    if (this.#syncedTimer !== null) clearTimeout(this.#syncedTimer);
    if (this.#keepTimer !== null) clearTimeout(this.#keepTimer);
    destroyDocuments(this.#documents.get());
    if (this.#next !== null) destroyDocuments(this.#next.documents);
  }

  get #ready(): boolean {
    return this.#greeted && !this.#holding && this.#next === null;
  }

  #set(change: Partial<Connection>): void {
    const now = this.#connection.get();
    const same = (Object.keys(change) as (keyof Connection)[]).every((key) => Object.is(now[key], change[key]));
    if (!same) this.#connection.set({ ...now, ...change });
  }

  // Opening and losing the connection

  #receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame === null) return;
    switch (frame.kind) {
      case "sync":
        this.#sync(frame);
        break;
      case "awareness":
        this.#presence.receive(frame.update);
        break;
      case "stream":
        this.streams.write(frame.id, frame.offset, frame.bytes);
        break;
      case "control":
        this.#control(frame.message);
        break;
    }
  }

  #control(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        this.#hello(message);
        break;
      case "ack":
        if (this.#writes.acknowledged(message.seq)) this.#writesChanged();
        break;
      case "persisted":
        break;
      case "reset":
        this.#reset(message.reason, message.client_id, message.epoch);
        break;
      case "rights":
        this.#set({ rights: new Set(message.rights) });
        break;
      case "result":
        this.#commands.resolve(message.id, message.value);
        break;
      case "error":
        if (message.id !== null) this.#commands.refuse(message.id, message.code, message.reason);
        break;
      case "metrics":
        this.#metrics.set(message);
        break;
      case "job":
        this.#job.set(message);
        break;
      case "restart_advised":
        this.#restartAdvised.set(message.packages);
        break;
      case "alive":
        this.#alive.set(message);
        break;
      case "notice":
        this.#notice.set(message);
        break;
      case "widgets":
        this.widgets.receive(message);
        break;
      case "widgets_at":
        this.widgets.reached(message.seq);
        break;
      case "requirements":
        this.#hearOfPackages({ imports: 1, requests: 0 });
        break;
      case "asked":
        this.#hearOfPackages({ imports: 0, requests: 1 });
        break;
      case "variables":
        this.variables.receive(message);
        break;
    }
  }

  #hearOfPackages(more: PackageNews): void {
    const { imports, requests } = this.#packageNews.get();
    this.#packageNews.set({ imports: imports + more.imports, requests: requests + more.requests });
  }

  /** Before anything goes out, what this person could not send from earlier pages is taken up. */
  #hello(hello: Hello): void {
    const { user } = this.#connection.get();
    if (user !== null && user.id !== hello.user.id && this.#writes.count > 0) {
      // Somebody else signed in at this browser: what was typed here stays with whoever typed it.
      this.keepNow();
      this.#socket.end();
      this.#close(4401, "");
      return;
    }
    if (this.#kept === null) {
      this.#greet(hello);
      return;
    }
    const turn = this.#turn;
    this.#takenUp ??= this.#takeUpKept(this.#kept, hello.user.id);
    void this.#takenUp.then(() => {
      if (turn === this.#turn) this.#greet(hello);
    });
  }

  #greet(hello: Hello): void {
    this.#hearOfPackages({ imports: 1, requests: 1 }); // whatever was told meanwhile was not heard
    this.#socket.settled();
    this.#greeted = true;
    this.#writes.connected();
    this.#socket.send(encodeControl({ type: "hello", epoch: this.#epoch, client_ids: this.#writes.clients() }));
    const otherHistory = this.#epoch !== null && this.#epoch !== hello.epoch;
    this.#epoch = hello.epoch;
    this.#set({ phase: "online", user: hello.user, rights: new Set(hello.rights) });
    if (otherHistory) {
      this.#beginAgain(hello.client_id, OTHER_HISTORY, true);
    } else if (this.#writes.count > 0 && !hello.rights.includes("EDIT")) {
      this.#beginAgain(hello.client_id, t`You may no longer edit this notebook.`, false);
    } else {
      this.#documents.get().source.clientID = hello.client_id;
      this.#holding = this.#writes.count > 0;
      if (this.#next !== null) this.#next.documents.source.clientID = hello.client_id;
    }
    const target = this.#next?.documents ?? this.#documents.get();
    this.#ask(Channel.source, target.source);
    this.#ask(Channel.runtime, target.runtime);
    this.#ask(Channel.comments, target.comments);
    this.#presence.takeClientId(hello.client_id);
    this.#writesChanged();
    this.streams.ends.retry();
    this.widgets.reconnected();
    this.variables.reconnected();
    if (this.#ready) this.#commands.flush();
  }

  #ask(channel: SyncChannel, doc: Y.Doc): void {
    this.#socket.send(encodeSync(channel, Sync.step1, Y.encodeStateVector(doc)));
  }

  #lost(attempt: number, opened: boolean): void {
    this.#greeted = false;
    this.#turn += 1;
    this.#holding = false;
    this.#writes.connected();
    this.#commands.lost();
    this.#metrics.set(null);
    this.#alive.set(null);
    this.#presence.forgetOthers();
    const offline = attempt >= OFFLINE_AFTER_ATTEMPTS || (typeof navigator !== "undefined" && !navigator.onLine);
    const first = this.#connection.get().phase === "connecting" && !offline;
    this.#set({ phase: offline ? "offline" : first ? "connecting" : "reconnecting" });
    this.#writesChanged();
    if (!opened) void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const code = await this.#options.probe();
    if (code === null || !isFinal(code) || this.#connection.get().phase === "online") return;
    this.#socket.end();
    this.#close(code, "");
  }

  #close(code: FinalCode, reason: string): void {
    this.#greeted = false;
    this.#commands.lost();
    this.#set({ phase: "closed", closed: { code, reason }, rights: NOBODY });
    this.#writesChanged();
  }

  #setPhaseIfLost(phase: Phase): void {
    if (this.#connection.get().phase === "reconnecting") this.#set({ phase });
  }

  // Documents

  #sync(frame: Extract<Frame, { kind: "sync" }>): void {
    const target = this.#next?.documents ?? this.#documents.get();
    const doc = {
      [Channel.source]: target.source,
      [Channel.runtime]: target.runtime,
      [Channel.comments]: target.comments,
    }[frame.channel];
    if (frame.step === Sync.step1) {
      if (frame.channel !== Channel.source || this.#next !== null) return;
      this.#writes.sent(Date.now());
      this.#socket.send(encodeSync(Channel.source, Sync.step2, Y.encodeStateAsUpdate(doc, frame.data)));
      this.#holding = false;
      this.#writesChanged();
      this.#commands.flush();
      return;
    }
    Y.applyUpdate(doc, frame.data, REMOTE);
    if (frame.step !== Sync.step2) return;
    if (frame.channel === Channel.source) {
      this.#swapIfFilled();
      this.#syncedTimer ??= setTimeout(() => this.#set({ synced: true }), RUNTIME_WAIT_MS);
    } else if (frame.channel === Channel.runtime && this.#syncedTimer !== null) {
      this.#set({ synced: true });
    }
  }

  #watch(documents: Documents): void {
    documents.source.on("update", (update: Uint8Array, origin: unknown, doc: Y.Doc, transaction: Y.Transaction) => {
      if (origin === REMOTE || documents !== this.#documents.get()) return;
      this.#writes.add({
        client: doc.clientID,
        cells: touchedCells(doc, transaction.changedParentTypes),
        at: Date.now(),
      });
      if (this.#ready && this.#socket.isOpen) {
        this.#writes.sent(Date.now());
        this.#socket.send(encodeSync(Channel.source, Sync.update, update));
      }
      this.#writesChanged();
    });
  }

  #reset(reason: string, clientId: number, epoch: string): void {
    const otherHistory = epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#beginAgain(clientId, reason, otherHistory);
    const { documents } = this.#next ?? { documents: this.#documents.get() };
    this.#ask(Channel.source, documents.source);
    if (otherHistory) {
      this.#ask(Channel.runtime, documents.runtime);
      this.#ask(Channel.comments, documents.comments);
    }
    this.#presence.takeClientId(clientId);
  }

  /** Start new documents; the old ones stay on the page until the new source has its first contents. */
  #beginAgain(clientId: number, reason: string, all: boolean): void {
    const old = this.#documents.get();
    const fresh = newDocuments(old.generation + 1);
    fresh.source.clientID = clientId;
    const cells = new Set([...(this.#next?.cells ?? []), ...this.#writes.abandon()]);
    const runtime = all ? fresh.runtime : old.runtime;
    const comments = all ? fresh.comments : old.comments;
    this.#next?.documents.source.destroy();
    this.#next = { documents: { ...fresh, runtime, comments }, cells, reason };
    this.#holding = false;
    this.#writesChanged();
  }

  #swapIfFilled(): void {
    const next = this.#next;
    if (next === null) return;
    const old = this.#documents.get();
    const cells = new Set([...next.cells, ...this.#writes.abandon()]);
    this.#next = null;
    const drafts = draftsOf(old.source, next.documents.source, cells, next.reason);
    this.#documents.set(next.documents);
    this.#watch(next.documents);
    if (drafts.length > 0) this.#drafts.set([...this.#drafts.get(), ...drafts]);
    old.source.destroy();
    if (old.runtime !== next.documents.runtime) old.runtime.destroy();
    if (old.comments !== next.documents.comments) old.comments.destroy();
    this.#writesChanged();
    this.#commands.flush();
  }

  // What is saved

  #writesChanged(): void {
    this.#set(this.#clock.look(this.#greeted, this.#writes));
    this.#keepSoon();
  }

  #keepSoon(): void {
    if (this.#kept === null) return;
    if (this.#writes.count === 0) this.#kept.forget();
    else if (!this.#greeted) this.#keepTimer ??= setTimeout(() => this.keepNow(), KEEP_AFTER_MS);
  }

  /** Edits that are not saved yet lie in the browser's database, while there is no connection or the page goes. */
  keepNow(): void {
    if (this.#keepTimer !== null) clearTimeout(this.#keepTimer);
    this.#keepTimer = null;
    const { user } = this.#connection.get();
    if (this.#kept === null || this.#epoch === null || user === null || this.#writes.count === 0) return;
    const { source } = this.#documents.get();
    const cells = Object.fromEntries([...this.#writes.cells()].map((cell) => [cell, textOf(source, cell) ?? ""]));
    this.#kept.put(user.id, {
      epoch: this.#epoch,
      clients: this.#writes.clients(),
      edits: this.#writes.count,
      cells,
      state: Y.encodeStateAsUpdate(source),
    });
  }

  /** Edits that earlier pages could not send go up with this connection, or become drafts in another history. */
  async #takeUpKept(from: Kept, user: string): Promise<void> {
    for (const kept of await from.takeUp(user)) {
      const { source } = this.#documents.get();
      this.#epoch ??= kept.epoch;
      if (kept.epoch !== this.#epoch) {
        const drafts = Object.entries(kept.cells).map(([cell, text]) => ({ cell, text, reason: OTHER_HISTORY }));
        this.#drafts.set([...this.#drafts.get(), ...drafts]);
        continue;
      }
      try {
        Y.applyUpdate(source, kept.state, REMOTE);
      } catch {
        continue; // damaged on its way through a disk
      }
      const cells = new Set(Object.keys(kept.cells));
      const [client = 0] = kept.clients;
      for (const each of kept.clients) this.#writes.add({ client: each, cells, at: Date.now() });
      for (let more = kept.clients.length; more < kept.edits; more += 1)
        this.#writes.add({ client, cells, at: Date.now() });
    }
  }
}
