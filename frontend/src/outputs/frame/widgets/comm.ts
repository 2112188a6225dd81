/** The line of one widget to the page, in the form that Jupyter's models expect of a comm. */
import type { IClassicComm, ICallbacks } from "@jupyter-widgets/base";
import type { FrameBuffer, FrameMove } from "../messages";
import { base64Of, bytesOf } from "./bytes";

type State = Readonly<Record<string, unknown>>;
type Move = Omit<FrameMove, "kind" | "number">;
type Buffers = ArrayBuffer[] | ArrayBufferView[];

interface Sent {
  method?: string;
  state?: State;
  content?: unknown;
  buffer_paths?: (string | number)[][];
}

/** Sends a move and calls back once the kernel has dealt with it; at once where nothing may be moved. */
export type Send = (move: Move, done: () => void) => number;

export class FrameComm implements IClassicComm {
  readonly target_name = "jupyter.widget";
  readonly #send: Send;
  /** The keys of moves that the kernel has not dealt with. */
  readonly #pending = new Map<number, readonly string[]>();
  #onMessage: (message: unknown) => void = () => undefined;
  #onClose: (message: unknown) => void = () => undefined;

  constructor(
    readonly comm_id: string,
    send: Send,
  ) {
    this.#send = send;
  }

  open(): string {
    return "";
  }

  close(): string {
    return "";
  }

  send(data: unknown, callbacks?: ICallbacks, _metadata?: unknown, buffers: Buffers = []): string {
    const sent = data as Sent;
    const isUpdate = sent.method === "update";
    const state = sent.state ?? {};
    let number = 0;
    const done = (): void => {
      this.#pending.delete(number);
      callbacks?.iopub?.["status"]?.({ content: { execution_state: "idle" } } as never);
    };
    number = this.#send(
      {
        widget: this.comm_id,
        method: isUpdate ? "update" : "custom",
        state: isUpdate ? state : {},
        content: isUpdate ? null : sent.content,
        paths: isUpdate ? (sent.buffer_paths ?? []) : [],
        buffers: buffers.map(base64Of),
      },
      // The model counts what is on its way only after this call.
      () => queueMicrotask(done),
    );
    if (isUpdate) this.#pending.set(number, Object.keys(state));
    return String(number);
  }

  on_msg(callback: (message: unknown) => void): void {
    this.#onMessage = callback;
  }

  on_close(callback: (message: unknown) => void): void {
    this.#onClose = callback;
  }

  /** Keys have other values. What only repeats an own move of an earlier moment does not undo a later one. */
  update(state: State, buffers: readonly FrameBuffer[], echo: readonly string[], buffered: readonly string[]): void {
    const own = new Set([...this.#pending.values()].flat().concat(buffered));
    const stale = new Set(echo.filter((key) => own.has(key)));
    const fresh = Object.fromEntries(Object.entries(state).filter(([key]) => !stale.has(key)));
    if (Object.keys(fresh).length === 0) return;
    const kept = buffers.filter((each) => !stale.has(String(each.path[0])));
    const data = { method: "update", state: fresh, buffer_paths: kept.map((each) => each.path) };
    this.#onMessage({ content: { data }, buffers: kept.map((each) => bytesOf(each.data)) });
  }

  said(content: unknown, buffers: readonly string[]): void {
    this.#onMessage({ content: { data: { method: "custom", content } }, buffers: buffers.map(bytesOf) });
  }

  closed(): void {
    this.#onClose({ content: { data: {} } });
  }
}
