/** Sends a file, or a part of one, and tells how much of it has left; `fetch` cannot. */
import { t } from "@lingui/core/macro";
import { fileAddress } from "./api";
import { ApiError, refusal, type FileEntry, type Schemas } from "./http";

export interface Sending {
  project: string;
  /** Where to, percent-encoded. */
  address: string;
  content: Blob | null;
  /** The first byte and the length of the whole; without it the content is the whole. */
  part?: { start: number; of: number };
  mustBeNew?: boolean;
  /** The `ETag` that the file must still have. */
  etag?: string;
  signal: AbortSignal;
  onProgress?: (sent: number) => void;
}

/** What has arrived of an upload, or the file once it is whole. */
export type Sent = { done: true; entry: FileEntry } | { done: false; upload: Schemas["FileUpload"] };

export async function sendFile(sending: Sending, call = new XMLHttpRequest()): Promise<Sent> {
  const { content, part, signal } = sending;
  call.open("PUT", fileAddress(sending.project, sending.address));
  call.setRequestHeader("Accept", "application/json");
  call.setRequestHeader("Content-Type", "application/octet-stream");
  if (part !== undefined) {
    const range = content === null ? "*" : `${part.start}-${part.start + content.size - 1}`;
    call.setRequestHeader("Content-Range", `bytes ${range}/${part.of}`);
  }
  if (sending.mustBeNew === true) call.setRequestHeader("If-None-Match", "*");
  if (sending.etag !== undefined) call.setRequestHeader("If-Match", sending.etag);
  const digest = content === null ? null : await digestOf(content);
  if (digest !== null) call.setRequestHeader("Content-Digest", `sha-256=:${digest}:`);
  return new Promise((resolve, reject) => {
    const stop = (): void => call.abort();
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", stop);
      settle();
    };
    const offline = new ApiError(0, "offline", t`The server cannot be reached. Check your connection.`);
    call.upload.onprogress = ({ loaded }) => sending.onProgress?.(loaded);
    call.onerror = () => end(() => reject(offline));
    call.onabort = () => end(() => reject(new DOMException("stopped", "AbortError")));
    call.onload = () =>
      end(() => {
        if (call.status < 200 || call.status > 299) reject(refusal(call.status, call.responseText));
        else resolve(read(call.status, call.responseText));
      });
    if (signal.aborted) {
      reject(new DOMException("stopped", "AbortError"));
      return;
    }
    signal.addEventListener("abort", stop);
    call.send(content ?? "");
  });
}

/** The shapes are generated from the structs that the server encodes. */
function read(status: number, text: string): Sent {
  const answer: unknown = JSON.parse(text);
  return status === 202
    ? { done: false, upload: answer as Schemas["FileUpload"] }
    : { done: true, entry: answer as FileEntry };
}

/** SHA-256 in base64; null where the browser offers none: at an address without https. */
async function digestOf(content: Blob): Promise<string | null> {
  // The type says that it is always there.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (subtle === undefined) return null;
  const digest = new Uint8Array(await subtle.digest("SHA-256", await content.arrayBuffer()));
  return btoa(String.fromCharCode(...digest));
}
