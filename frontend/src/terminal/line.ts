/** The line of one page to one terminal; it comes back by itself, and the server then replays the screen. */
import { told } from "../i18n/told";
import { backoffMs, isFinal } from "../wire/socket";

/** What the terminal says of itself, beside what it shows. */
export interface Told {
  readonly people: readonly string[];
  readonly typist: string;
  readonly columns: number;
  readonly rows: number;
  readonly ended: string | null;
}

export const NOTHING_TOLD: Told = { people: [], typist: "", columns: 0, rows: 0, ended: null };

export interface LineHandlers {
  onShow: (data: Uint8Array) => void;
  onTold: (told: Partial<Told>) => void;
  /** Whether the line stands now. */
  onLine: (isOpen: boolean) => void;
  /** It will not come back: the terminal has ended, or is not this person's any more. */
  onEnd: (reason: string) => void;
}

export class TerminalLine {
  readonly #url: string;
  readonly #handlers: LineHandlers;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #size: { columns: number; rows: number } | null = null;
  #closed = false;

  constructor(url: string, handlers: LineHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#connect();
  }

  type(text: string): void {
    this.#send(new TextEncoder().encode(text));
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#send(JSON.stringify(this.#size));
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#handlers.onLine(true);
      if (this.#size !== null) socket.send(JSON.stringify(this.#size));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      this.#attempt = 0;
      if (event.data instanceof ArrayBuffer) this.#handlers.onShow(new Uint8Array(event.data));
      else if (typeof event.data === "string") this.#handlers.onTold(JSON.parse(event.data) as Partial<Told>);
    };
    socket.onclose = (event) => {
      if (this.#closed) return;
      this.#handlers.onLine(false);
      if (isFinal(event.code)) {
        this.#closed = true;
        this.#handlers.onEnd(told(event.reason));
        return;
      }
      this.#attempt += 1;
      this.#timer = setTimeout(() => this.#connect(), backoffMs(this.#attempt, Math.random()));
    };
  }
}
