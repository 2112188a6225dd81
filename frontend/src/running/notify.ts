/** Telling people that a long run has ended: in the page, in its tab, and by the browser where they allow it. */

import { Store, type Readable } from "../wire/store";
import { durationText } from "../model/time";
import { endedText, follow, type CellRun, type Ended, type GoingRuns, type TabState } from "./runs";

/** From here on people have begun to do something else. */
export const LONG_MS = 20_000;
const KEY = "commonbook.notify";

export type NotifyChoice = "unasked" | "yes" | "no";

export interface Surroundings {
  readonly now: () => number;
  readonly isLookedAt: () => boolean;
  readonly nameOf: (cell: string) => string | null;
  /** The notebook's name, for the browser's notification. */
  readonly title: () => string;
  readonly show: (text: string, cell: string | null, isFailure: boolean) => void;
  readonly goTo: (cell: string | null) => void;
}

/** Follows the runs that this person asked for. */
export class RunNews {
  readonly #around: Surroundings;
  readonly #tab = new Store<TabState>(null);
  readonly #mayOffer = new Store(false);
  #going: GoingRuns = new Map();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #me: string | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get tab(): Readable<TabState> {
    return this.#tab;
  }

  /** A run of this person has become long, and they were never asked whether to be told of its end. */
  get mayOffer(): Readable<boolean> {
    return this.#mayOffer;
  }

  setMe(id: string | null): void {
    this.#me = id;
  }

  changed(cells: readonly CellRun[]): void {
    const { going, ended } = follow(this.#going, cells, this.#around.now());
    this.#going = going;
    for (const run of ended) if (run.by === this.#me && run.tookMs >= LONG_MS) this.#tell(run);
    const isMine = [...going.values()].some((run) => run.by === this.#me && run.started !== null);
    const { failed } = ended.find((run) => run.failed.length > 0) ?? { failed: [] };
    if (isMine) this.#tab.set("running");
    else if (this.#tab.get() === "running")
      this.#tab.set(this.#around.isLookedAt() ? null : failed.length > 0 ? "failed" : "done");
    this.#offerLater(isMine);
  }

  /** Somebody looks at the page again. */
  seen(): void {
    if (this.#tab.get() !== "running") this.#tab.set(null);
  }

  /** The answer to the offer; it is not made again. */
  async answer(wanted: boolean): Promise<void> {
    this.#mayOffer.set(false);
    await choose(wanted);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #offerLater(isRunning: boolean): void {
    if (!isRunning) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      this.#mayOffer.set(false);
    } else if (this.#timer === null && canNotify() && choice() === "unasked") {
      this.#timer = setTimeout(() => this.#mayOffer.set(true), LONG_MS);
    }
  }

  #tell(run: Ended): void {
    const text = endedText(run, durationText(run.tookMs), this.#around.nameOf);
    const cell = run.failed[0] ?? null;
    this.#around.show(text, cell, cell !== null);
    if (this.#around.isLookedAt() || choice() !== "yes" || !canNotify() || Notification.permission !== "granted")
      return;
    // The tag makes one of the same run from several tabs.
    const shown = new Notification(this.#around.title(), { body: text, tag: run.run });
    shown.onclick = () => {
      window.focus();
      this.#around.goTo(cell);
      shown.close();
    };
  }
}

export const canNotify = (): boolean => "Notification" in globalThis && Notification.permission !== "denied";

export function choice(): NotifyChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "yes" || kept === "no" ? kept : "unasked";
  } catch {
    return "no"; // where nothing can be kept, people would be asked for ever
  }
}

/** Keep the choice, and ask the browser's own permission for a yes; returns what holds then. */
export async function choose(wanted: boolean): Promise<NotifyChoice> {
  const allowed = wanted && canNotify() ? (await Notification.requestPermission()) === "granted" : false;
  try {
    localStorage.setItem(KEY, allowed ? "yes" : "no");
  } catch {
    // Nothing is kept, and nobody is asked.
  }
  return allowed ? "yes" : "no";
}
