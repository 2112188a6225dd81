/** Commands that wait for their answer: exactly one `result` or `error` settles each, or a time limit does. */

import { t } from "@lingui/core/macro";
import type { ClientMessage, CommandOp } from "./messages";
import { randomName } from "./randomName";

type CommandMessage = Extract<ClientMessage, { type: "cmd" }>;

/** The server, or the lack of a connection, said no; `message` is a sentence for people. */
export class CommandRefused extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

interface Waiting {
  readonly message: CommandMessage;
  readonly resolve: (value: Readonly<Record<string, unknown>>) => void;
  readonly reject: (reason: CommandRefused) => void;
  readonly timer: ReturnType<typeof setTimeout>;
  sent: boolean;
}

export const COMMAND_LIMIT_MS = 15_000;

export class Commands {
  readonly #waiting = new Map<string, Waiting>();
  readonly #send: (message: CommandMessage) => boolean;

  /** `send` says whether the message went out; one that did not is tried again by `flush`. */
  constructor(send: (message: CommandMessage) => boolean) {
    this.#send = send;
  }

  ask(
    op: CommandOp,
    args: Readonly<Record<string, unknown>>,
    limitMs = COMMAND_LIMIT_MS,
  ): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      const message: CommandMessage = { type: "cmd", id: randomName(), op, args };
      const timer = setTimeout(() => {
        this.#waiting.delete(message.id);
        reject(new CommandRefused("timeout", t`The server did not answer. Check the connection and try again.`));
      }, limitMs);
      const waiting: Waiting = { message, resolve, reject, timer, sent: false };
      this.#waiting.set(message.id, waiting);
      waiting.sent = this.#send(message);
    });
  }

  resolve(id: string, value: Readonly<Record<string, unknown>>): void {
    this.#take(id)?.resolve(value);
  }

  refuse(id: string, code: string, reason: string): void {
    this.#take(id)?.reject(new CommandRefused(code, reason));
  }

  /** The connection stands (again): send what waits. */
  flush(): void {
    for (const waiting of this.#waiting.values()) {
      if (!waiting.sent) waiting.sent = this.#send(waiting.message);
    }
  }

  /** The connection broke. `run` is repeated under its id, which the server does once at most; the rest is not. */
  lost(): void {
    for (const waiting of [...this.#waiting.values()]) {
      if (!waiting.sent) continue;
      if (waiting.message.op === "run") waiting.sent = false;
      else this.refuse(waiting.message.id, "disconnected", t`The connection broke before the answer came. Try again.`);
    }
  }

  close(): void {
    for (const id of [...this.#waiting.keys()]) this.refuse(id, "closed", t`This notebook was closed.`);
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}
