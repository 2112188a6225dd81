/**
 * The page's end of a room's socket: documents that several people edit, presence and commands over one connection.
 * Implements docs/protocol.md. What the documents hold, and what else is told, is for `Shape` and `Hooks` to say.
 */

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
import type { Connection, LiveOptions, Phase } from "./connection";
import { destroyDocuments, draftsOf, newDocuments, type Documents, type Draft, type Shape } from "./documents";
import type { Capability, CommandOp, Hello, ServerMessage } from "./messages";
import { OwnPresence } from "./ownPresence";
import { listenToPage } from "./pageEvents";
import { randomName } from "./randomName";
import { ReconnectingSocket, isFinal, type FinalCode } from "./socket";
import { SavingClock } from "./savingClock";
import { Store, type Readable } from "./store";
import { Kept } from "./unsent";
import { Writes } from "./writes";

/** The origin of everything that came over the wire; never null, or a peer's edits could be undone here. */
export const REMOTE = Symbol("remote");

const KEEP_AFTER_MS = 300;
/** The first cells wait this long for their outputs, so that they are drawn once and not twice. */
const RUNTIME_WAIT_MS = 150;
const OFFLINE_AFTER_ATTEMPTS = 4;
const NOBODY: ReadonlySet<Capability> = new Set();

/** What the server tells that is not about documents and commands. */
export type News = Exclude<
  ServerMessage,
  { readonly type: "hello" | "ack" | "persisted" | "reset" | "rights" | "result" | "error" }
>;

/** What else comes over the socket, and when. */
export interface Hooks {
  readonly onMessage: (message: News) => void;
  readonly onStream: (frame: Extract<Frame, { kind: "stream" }>) => void;
  /** The connection stands; documents have been asked for. */
  readonly onGreeted: () => void;
  readonly onLost: () => void;
  readonly onPrint: () => void;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #shape: Shape;
  readonly #hooks: Hooks;
  readonly #socket: ReconnectingSocket;
  readonly #commands: Commands;
  readonly #writes = new Writes();
  readonly #connection: Store<Connection>;
  readonly #documents: Store<Documents>;
  readonly #drafts = new Store<readonly Draft[]>([]);
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

  constructor(options: LiveOptions, shape: Shape, hooks: Hooks) {
    this.#options = options;
    this.#shape = shape;
    this.#hooks = hooks;
    this.#kept = options.keep === null ? null : new Kept(options.keep, options.history);
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
    this.#commands = new Commands((message) => this.#ready && this.#socket.send(encodeControl(message)));
    this.#socket = new ReconnectingSocket(
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

  start(): void {
    this.#stop = listenToPage({
      retry: () => this.#socket.retryNow(),
      offline: () => {
        this.#setPhaseIfLost("offline");
        this.#socket.drop(); // it would look alive until something goes unanswered
      },
      leave: () => this.keepNow(),
      print: () => this.#hooks.onPrint(),
    });
    this.#socket.connect();
  }

  /** Ask the server to do something; rejects with `CommandRefused`. */
  command(op: CommandOp, args: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#commands.ask(op, args);
  }

  discardDraft(draft: Draft): void {
    this.#drafts.set(this.#drafts.get().filter((one) => one.id !== draft.id));
    const { user } = this.#connection.get();
    if (user !== null) this.#kept?.dropDraft(user.id, draft);
  }

  /** What was typed a moment ago is kept before anything is given up. */
  close(): void {
    this.keepNow();
    this.#turn += 1;
    this.#stop();
    this.#presence.close();
    this.#socket.end();
    this.#commands.close();
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
        this.#hooks.onStream(frame);
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
      case "job":
      case "restart_advised":
      case "alive":
      case "notice":
      case "moved":
      case "widgets":
      case "widgets_at":
      case "requirements":
      case "asked":
      case "variables":
        this.#hooks.onMessage(message);
        break;
    }
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
    this.#socket.settled();
    this.#greeted = true;
    this.#writes.connected();
    this.#socket.send(encodeControl({ type: "hello", epoch: this.#epoch, client_ids: this.#writes.clients() }));
    const otherHistory = this.#epoch !== null && this.#epoch !== hello.epoch;
    this.#epoch = hello.epoch;
    this.#set({ phase: "online", user: hello.user, rights: new Set(hello.rights) });
    if (otherHistory) {
      this.#beginAgain(hello.client_id, this.#shape.otherHistory, true);
    } else if (this.#writes.count > 0 && !hello.rights.includes(this.#shape.writes)) {
      this.#beginAgain(hello.client_id, this.#shape.lostRight, false);
    } else {
      this.#documents.get().source.clientID = hello.client_id;
      this.#holding = this.#writes.count > 0;
      if (this.#next !== null) this.#next.documents.source.clientID = hello.client_id;
    }
    const target = this.#next?.documents ?? this.#documents.get();
    this.#askAll(target);
    this.#presence.takeClientId(hello.client_id);
    this.#writesChanged();
    this.#hooks.onGreeted();
    if (this.#ready) this.#commands.flush();
  }

  #askAll(documents: Documents): void {
    this.#ask(Channel.source, documents.source);
    if (!this.#shape.hasRuntime) return;
    this.#ask(Channel.runtime, documents.runtime);
    this.#ask(Channel.comments, documents.comments);
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
    this.#hooks.onLost();
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
      if (!this.#shape.hasRuntime) this.#set({ synced: true });
      else this.#syncedTimer ??= setTimeout(() => this.#set({ synced: true }), RUNTIME_WAIT_MS);
    } else if (frame.channel === Channel.runtime && this.#syncedTimer !== null) {
      this.#set({ synced: true });
    }
  }

  #watch(documents: Documents): void {
    documents.source.on("update", (update: Uint8Array, origin: unknown, doc: Y.Doc, transaction: Y.Transaction) => {
      if (origin === REMOTE || documents !== this.#documents.get()) return;
      this.#writes.add({
        client: doc.clientID,
        cells: this.#shape.touched(doc, transaction.changedParentTypes),
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
    if (otherHistory) this.#askAll(documents);
    else this.#ask(Channel.source, documents.source);
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
    const drafts = draftsOf(this.#shape, old.source, next.documents.source, cells, next.reason);
    this.#documents.set(next.documents);
    this.#watch(next.documents);
    this.#addDrafts(drafts, this.#connection.get().user?.id ?? null);
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
    const cells = Object.fromEntries(
      [...this.#writes.cells()].map((cell) => [cell, this.#shape.textOf(source, cell) ?? ""]),
    );
    this.#kept.put(user.id, {
      epoch: this.#epoch,
      clients: this.#writes.clients(),
      edits: this.#writes.count,
      cells,
      state: Y.encodeStateAsUpdate(source),
    });
  }

  /** Show drafts and keep them beyond the life of the page, each once. */
  #addDrafts(drafts: readonly Draft[], user: string | null): void {
    const known = this.#drafts.get();
    const added = drafts.filter((one) => !known.some(({ cell, text }) => cell === one.cell && text === one.text));
    if (added.length === 0) return;
    this.#drafts.set([...known, ...added]);
    if (user !== null) for (const draft of added) this.#kept?.putDraft(user, draft);
  }

  /** Edits that earlier pages could not send go up with this connection, or become drafts in another history. */
  async #takeUpKept(from: Kept, user: string): Promise<void> {
    const [drafts, unsent] = await Promise.all([from.drafts(user), from.takeUp(user)]);
    this.#drafts.set([...this.#drafts.get(), ...drafts]);
    for (const kept of unsent) {
      const { source } = this.#documents.get();
      this.#epoch ??= kept.epoch;
      if (kept.epoch !== this.#epoch) {
        const drafts = Object.entries(kept.cells).map(([cell, text]) => ({
          id: randomName(),
          cell,
          text,
          reason: this.#shape.otherHistory,
        }));
        this.#addDrafts(drafts, user);
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
