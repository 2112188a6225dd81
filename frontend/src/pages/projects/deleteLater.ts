/**
 * Deletes a project only once the offer to undo has passed.
 *
 * The server has no bin for projects, so the request itself waits. Leaving
 * the page sends it at once, because the person has seen "deleted".
 */
import { create } from "zustand";
import { api } from "../../wire/api";

export const UNDO_FOR_MS = 8_000;

/** The projects that are hidden because they are about to go. */
export const usePendingDeletes = create<{ ids: ReadonlySet<string> }>()(() => ({ ids: new Set<string>() }));

/** Hides the project now and deletes it later; returns the undo. `done` hears null, or why it failed. */
export function deleteLater(id: string, done: (error: unknown) => void, remove: (id: string) => Promise<unknown> = api.deleteProject): () => void {
  const send = (): void => {
    stop();
    remove(id)
      .then(() => done(null), done)
      .finally(() => hide(id, false));
  };
  const timer = setTimeout(send, UNDO_FOR_MS);
  const stop = (): void => {
    clearTimeout(timer);
    removeEventListener("pagehide", send);
  };
  addEventListener("pagehide", send);
  hide(id, true);
  return () => {
    stop();
    hide(id, false);
  };
}

function hide(id: string, hidden: boolean): void {
  usePendingDeletes.setState(({ ids }) => {
    const next = new Set(ids);
    if (hidden) next.add(id);
    else next.delete(id);
    return { ids: next };
  });
}
