/** The runs of an open notebook, and how the page tells of their end. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { RuntimeIndex } from "../../model/index";
import { queueOf, readRun } from "../../model/run";
import { RunNews } from "../../running/notify";
import type { CellRun } from "../../running/runs";
import { toast, toastAction, toastError } from "../../ui/Toast";
import type { NotebookSession } from "./session";

export function runNews(session: NotebookSession): RunNews {
  return new RunNews({
    now: () => Date.now(),
    isLookedAt: () => document.visibilityState === "visible" && document.hasFocus(),
    nameOf: session.nameOf,
    title: () => document.title.replace(/^[▶✓✗] /, ""),
    show: (text, cell, isFailure) => {
      if (cell !== null) toastAction(text, t`Show`, () => session.goTo(cell), "err");
      else if (isFailure) toastError(text);
      else toast(text);
    },
    goTo: (cell) => {
      if (cell !== null) session.goTo(cell);
    },
  });
}

export function runsIn(runtime: RuntimeIndex): readonly CellRun[] {
  const queue = queueOf(runtime.queue);
  const runs: CellRun[] = [];
  for (const [cell, entry] of runtime.cells) {
    const run = readRun(entry instanceof Y.Map ? (entry as Y.Map<unknown>) : null, queue, cell);
    if (run === null) continue;
    const started = run.started === null ? null : Date.parse(run.started);
    runs.push({ cell, run: run.run, by: run.by, state: run.state, started });
  }
  return runs;
}

/** What a tab says of a run that ended is over once somebody looks; returns how to stop. */
export function listenToLooks(news: RunNews): () => void {
  const look = (): void => {
    if (document.visibilityState === "visible") news.seen();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("focus", look);
  };
}
