/** The page's end of the notebook socket: what `Live` keeps, and the streams, widgets, variables and news beside it. */

import type { Awareness } from "y-protocols/awareness";
import type { Connection, Phase, ProviderOptions } from "./connection";
import { NOTEBOOK, type Documents, type Draft } from "./documents";
import { Live, REMOTE, type News } from "./live";
import type { Alive, CommandOp, JobProgress, LoadedVersion, Metrics, Notice } from "./messages";
import { Store, type Readable } from "./store";
import { StreamStore } from "./streams";
import { VariableStore } from "./variables";
import { isLarge, WidgetStore } from "./widgets";

export { REMOTE };
export type { Connection, Phase, ProviderOptions };

/** Counters: whoever sees one move asks again. */
export interface PackageNews {
  readonly imports: number;
  readonly requests: number;
}

export class Provider {
  readonly streams: StreamStore;
  readonly widgets: WidgetStore;
  readonly variables: VariableStore;
  readonly #live: Live;
  readonly #metrics = new Store<Metrics | null>(null);
  readonly #job = new Store<JobProgress | null>(null);
  readonly #restartAdvised = new Store<readonly LoadedVersion[]>([]);
  readonly #packageNews = new Store<PackageNews>({ imports: 0, requests: 0 });
  readonly #alive = new Store<Alive | null>(null);
  readonly #notice = new Store<Notice | null>(null);

  constructor(options: ProviderOptions) {
    this.streams = new StreamStore(options.fetchRange, options.ends);
    this.widgets = new WidgetStore(options.loadWidgets, async (move) => {
      if (isLarge(move)) return options.moveLarge(move);
      const { message } = await this.command("comm", { ...move });
      return String(message);
    });
    this.variables = new VariableStore((open) => {
      this.command("look_at_variables", { open }).catch(() => undefined); // closed, or asked again once connected
    });
    this.#live = new Live({ ...options, history: options.notebook }, NOTEBOOK, {
      onMessage: (message) => this.#take(message),
      onStream: ({ id, offset, bytes }) => this.streams.write(id, offset, bytes),
      onGreeted: () => this.#greeted(),
      onLost: () => {
        this.#metrics.set(null);
        this.#alive.set(null);
      },
      onPrint: () => this.streams.ends.loadNow(),
    });
  }

  get awareness(): Awareness {
    return this.#live.awareness;
  }

  get connection(): Readable<Connection> {
    return this.#live.connection;
  }

  get documents(): Readable<Documents> {
    return this.#live.documents;
  }

  get drafts(): Readable<readonly Draft[]> {
    return this.#live.drafts;
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
    this.#live.start();
  }

  /** Ask the server to do something; rejects with `CommandRefused`. */
  command(op: CommandOp, args: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#live.command(op, args);
  }

  discardDraft(draft: Draft): void {
    this.#live.discardDraft(draft);
  }

  keepNow(): void {
    this.#live.keepNow();
  }

  close(): void {
    this.#live.close();
    this.streams.close();
    this.widgets.close();
  }

  #greeted(): void {
    this.#hearOfPackages({ imports: 1, requests: 1 }); // whatever was told meanwhile was not heard
    this.streams.ends.retry();
    this.widgets.reconnected();
    this.variables.reconnected();
  }

  #take(message: News): void {
    switch (message.type) {
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
      case "moved": // of text files only
        break;
    }
  }

  #hearOfPackages(more: PackageNews): void {
    const { imports, requests } = this.#packageNews.get();
    this.#packageNews.set({ imports: imports + more.imports, requests: requests + more.requests });
  }
}
