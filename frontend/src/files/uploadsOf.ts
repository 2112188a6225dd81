/** The uploads of each project, which go on while people look at other pages. */
import { api } from "../wire/api";
import { sendFile } from "../wire/fileUpload";
import type { FileEntry } from "../wire/http";
import { Uploads } from "./uploads";

const known = new Map<string, Uploads>();
const listeners = new Set<(entry: FileEntry) => void>();

export function uploadsOf(project: string): Uploads {
  let found = known.get(project);
  if (found === undefined) {
    found = new Uploads(project, {
      send: sendFile,
      forget: (id) => api.forgetUpload(project, id),
      arrived: (entry) => {
        for (const listener of listeners) listener(entry);
      },
      pause,
    });
    known.set(project, found);
  }
  return found;
}

/** Calls `listener` for every file that has arrived, in whatever project. */
export function onArrival(listener: (entry: FileEntry) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = window.setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
