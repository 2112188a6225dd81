/** Questions about code, to the analyser that works beside the kernels. An answer that is not there is an empty one. */

import { request, type Schemas } from "../wire/http";
import type { Mark, SeenCell } from "./lint";

export interface Place {
  readonly cell: string;
  readonly source: string;
  /** In UTF-16 code units. */
  readonly offset: number;
}

export interface Analysis {
  /** Get it ready: reading large packages takes some seconds the first time. */
  readonly prepare: () => void;
  readonly complete: (place: Place, signal: AbortSignal) => Promise<Schemas["Completions"] | null>;
  readonly explain: (place: Place, signal?: AbortSignal) => Promise<Schemas["Explanation"] | null>;
  readonly signatures: (place: Place) => Promise<Schemas["Signatures"] | null>;
  readonly define: (place: Place) => Promise<Schemas["Definition"] | null>;
  /** The marks of the whole notebook; null where there is no answer. */
  readonly check: (seen: readonly SeenCell[]) => Promise<readonly Mark[] | null>;
  /** Cells as they look when formatted; rejects with the server's reason. */
  readonly format: (cells: readonly SeenCell[]) => Promise<Schemas["FormattedCode"]>;
}

export function analysisOf(notebook: string): Analysis {
  const address = `/api/notebooks/${encodeURIComponent(notebook)}/analysis`;
  const ask = async <T>(what: string, place: Place, signal?: AbortSignal): Promise<T | null> => {
    try {
      return await request<T>("POST", `${address}/${what}`, place, signal === undefined ? undefined : { signal });
    } catch {
      return null; // aborted, offline or refused: typing goes on without
    }
  };
  return {
    prepare: () => void request<undefined>("POST", address).catch(() => undefined),
    complete: (place, signal) => ask("completions", place, signal),
    explain: (place, signal) => ask("explanation", place, signal),
    signatures: (place) => ask("signatures", place),
    define: (place) => ask("definition", place),
    check: async (seen) => {
      try {
        const answer = await request<Schemas["CodeMarks"]>("POST", `${address}/marks`, { cells: seen });
        return answer.known === false ? null : (answer.marks ?? []);
      } catch {
        return null;
      }
    },
    format: (cells) => request("POST", `${address}/formatted`, { cells }),
  };
}
