/** Questions about code, to the analyser that works beside the kernels. An answer that is not there is an empty one. */

import { request, type Schemas } from "../wire/http";

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
  };
}
