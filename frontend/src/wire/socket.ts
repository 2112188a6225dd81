/** A websocket that comes back: backoff, wake-up on `online`, and the close codes that end it for good. */

export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(frame: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type OpenSocket = () => SocketLike;

/** Reasons for which the server closes a socket that must not be opened again. */
export const CloseCode = { refused: 4400, signedOut: 4401, noAccess: 4403, gone: 4404 } as const;
export type FinalCode = (typeof CloseCode)[keyof typeof CloseCode];

const FINAL: ReadonlySet<number> = new Set(Object.values(CloseCode));

export const isFinal = (code: number): code is FinalCode => FINAL.has(code);

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
const OPEN = 1;

/** How long to wait before the given attempt (from 1); `random` in 0..1 spreads the clients of a restarted server. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (0.5 + random / 2));
}

export interface SocketHandlers {
  onOpen: () => void;
  onFrame: (frame: Uint8Array) => void;
  /** The connection was lost; another attempt follows by itself. `opened` says whether it ever stood. */
  onLost: (attempt: number, opened: boolean) => void;
  onFinal: (code: FinalCode, reason: string) => void;
}

export class ReconnectingSocket {
  readonly #handlers: SocketHandlers;
  readonly #open: OpenSocket;
  #socket: SocketLike | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #ended = false;

  constructor(handlers: SocketHandlers, open: OpenSocket) {
    this.#handlers = handlers;
    this.#open = open;
  }

  connect(): void {
    if (this.#ended || this.#socket !== null) return;
    this.#clearTimer();
    const socket = this.#open();
    this.#socket = socket;
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      opened = true;
      this.#handlers.onOpen();
    };
    socket.onmessage = (event) => {
      if (this.#socket !== socket) return;
      if (event.data instanceof ArrayBuffer) this.#handlers.onFrame(new Uint8Array(event.data));
      else if (event.data instanceof Uint8Array) this.#handlers.onFrame(event.data);
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#ended) return;
      if (isFinal(event.code)) {
        this.#ended = true;
        this.#handlers.onFinal(event.code, event.reason);
        return;
      }
      this.#attempt += 1;
      this.#timer = setTimeout(
        () => {
          this.#timer = null;
          this.connect();
        },
        backoffMs(this.#attempt, Math.random()),
      );
      this.#handlers.onLost(this.#attempt, opened);
    };
  }

  /** The server said hello: the next loss starts again with a short wait. */
  settled(): void {
    this.#attempt = 0;
  }

  get isOpen(): boolean {
    return this.#socket !== null && this.#socket.readyState === OPEN;
  }

  send(frame: Uint8Array): boolean {
    if (this.#socket === null || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(frame);
    return true;
  }

  /** Do not wait for the backoff: the network has come back or the page is looked at again. */
  retryNow(): void {
    if (this.#timer !== null) this.connect();
  }

  /** Drop a connection that has gone silent; a new one follows at once. */
  drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onclose = null;
    socket.close();
    this.#handlers.onLost(0, true);
    this.connect();
  }

  /** End the connection from the outside, as the server's final code would. */
  end(): void {
    this.#ended = true;
    this.#clearTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) {
      socket.onclose = null;
      socket.close(1000);
    }
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
