/** The server's end of a notebook socket, small and honest: real documents, frames by hand, acks on demand. */
import type { EndsSource } from "../../src/wire/ends";
import * as Y from "yjs";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import { Channel, Sync, encodeAwareness, encodeSync } from "../../src/wire/codec";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Provider, type ProviderOptions } from "../../src/wire/provider";
import type { SocketLike } from "../../src/wire/socket";

const DOCUMENTS = ["source", "runtime", "comments"] as const;

export class FakeSocket implements SocketLike {
  binaryType = "";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  closedWith: number | null = null;

  constructor(readonly server: FakeServer) {}

  send(frame: Uint8Array): void {
    this.server.receive(this, frame);
  }

  close(code = 1000): void {
    this.readyState = 3;
    this.closedWith = code;
  }

  /** Deliver bytes to the page, as the browser would. */
  deliver(frame: Uint8Array): void {
    this.onmessage?.({ data: frame.slice().buffer });
  }

  /** The connection goes away. */
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }
}

export interface Sent {
  readonly type: string;
  readonly [key: string]: unknown;
}

export class FakeServer {
  readonly docs = { source: new Y.Doc(), runtime: new Y.Doc(), comments: new Y.Doc() };
  readonly sockets: FakeSocket[] = [];
  readonly control: Sent[] = [];
  readonly awareness: Uint8Array[] = [];
  epoch = "epoch-1";
  rights: string[] = ["READ", "EDIT", "RUN"];
  user = { id: "u1", name: "Ada", color: 2, guest: false };
  nextClient = 100;
  /** Write frames of the present connection. */
  writes = 0;
  acks = true;
  opens = true;
  /** Writes are counted and thrown away, as after a refusal. */
  refuses = false;

  readonly open = (): FakeSocket => {
    const socket = new FakeSocket(this);
    this.sockets.push(socket);
    return socket;
  };

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  }

  /** Let the newest socket open and say hello. */
  accept(): void {
    this.writes = 0;
    this.socket.readyState = 1;
    this.socket.onopen?.();
    this.nextClient += 1;
    this.say({
      type: "hello",
      user: this.user,
      rights: this.rights,
      epoch: this.epoch,
      client_id: this.nextClient,
      seq: 0,
    });
  }

  say(message: object): void {
    const json = new TextEncoder().encode(JSON.stringify(message));
    this.socket.deliver(Uint8Array.from([Channel.control, ...json]));
  }

  stream(id: string, offset: number, text: string): void {
    const encoder = encoding.createEncoder();
    encoding.writeUint8(encoder, Channel.stream);
    encoding.writeVarString(encoder, id);
    encoding.writeVarUint(encoder, offset);
    encoding.writeUint8Array(encoder, new TextEncoder().encode(text));
    this.socket.deliver(encoding.toUint8Array(encoder));
  }

  /** Somebody else edits; the page hears of it. */
  edit(change: (doc: Y.Doc) => void): void {
    const before = Y.encodeStateVector(this.docs.source);
    change(this.docs.source);
    this.socket.deliver(encodeSync(Channel.source, Sync.update, Y.encodeStateAsUpdate(this.docs.source, before)));
  }

  presence(client: number, state: object): void {
    const awareness = new Awareness(new Y.Doc());
    awareness.clientID = client;
    awareness.setLocalState({});
    awareness.setLocalState(state); // a state of clock 0 is not taken
    this.socket.deliver(encodeAwareness(encodeAwarenessUpdate(awareness, [client])));
    awareness.destroy();
  }

  receive(socket: FakeSocket, frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    const channel = decoding.readUint8(decoder);
    if (channel === Channel.control) {
      this.control.push(JSON.parse(new TextDecoder().decode(decoding.readTailAsUint8Array(decoder))) as Sent);
      const said = this.control.at(-1);
      if (
        said?.type === "hello" &&
        (said["epoch"] === null || said["epoch"] === this.epoch) &&
        this.rights.includes("EDIT")
      ) {
        socket.deliver(encodeSync(Channel.source, Sync.step1, Y.encodeStateVector(this.docs.source)));
      }
      return;
    }
    if (channel === Channel.awareness) {
      this.awareness.push(frame);
      return;
    }
    decoding.readVarUint(decoder);
    const step = decoding.readVarUint(decoder);
    const data = decoding.readVarUint8Array(decoder);
    const name = DOCUMENTS[channel];
    if (name === undefined) throw new Error(`unknown channel ${channel}`);
    if (step === Sync.step1) {
      socket.deliver(encodeSync(channel as 0, Sync.step2, Y.encodeStateAsUpdate(this.docs[name], data)));
      return;
    }
    this.writes += 1;
    if (this.refuses) return;
    Y.applyUpdate(this.docs[name], data);
    if (this.acks) this.say({ type: "ack", seq: this.writes });
  }

  text(id = "cell-0000000001"): string {
    const cell = this.docs.source.getMap("cells").get(id) as Y.Map<unknown> | undefined;
    const source = cell?.get("source");
    return source instanceof Y.Text ? source.toJSON() : "";
  }
}

export const CELL = "cell-0000000001";

export function addCell(doc: Y.Doc, id = CELL, text = "", pos = "a0", type = "code"): void {
  const cell = new Y.Map<unknown>(
    Object.entries({ type, pos, source: new Y.Text(text), meta: new Y.Map() }) as [string, unknown][],
  );
  doc.getMap("cells").set(id, cell);
}

export function textIn(doc: Y.Doc, id = CELL): Y.Text {
  const cell = doc.getMap("cells").get(id) as Y.Map<unknown> | undefined;
  const source = cell?.get("source");
  if (!(source instanceof Y.Text)) throw new Error(`no text in ${id}`);
  return source;
}

/** Nobody answers for the ends of texts. */
export const NO_ENDS: EndsSource = {
  fetch: () => new Promise<never>(() => undefined),
  fetchNow: () => [],
};

export function connect(server: FakeServer, options: Partial<ProviderOptions> = {}): Provider {
  const provider = new Provider({
    notebook: "n1",
    openSocket: server.open,
    fetchRange: () => new Promise<never>(() => undefined),
    ends: NO_ENDS,
    loadWidgets: () => new Promise<never>(() => undefined),
    moveLarge: () => new Promise<never>(() => undefined),
    keep: null,
    probe: () => Promise.resolve(null),
    ...options,
  });
  provider.start();
  if (server.opens) server.accept();
  return provider;
}
