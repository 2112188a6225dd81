/** Blobs and stretches of streams over HTTP. */
import { t } from "@lingui/core/macro";
import type { Value } from "./types";

export function blobUrl(notebook: string, sha256: string): string {
  return `/api/outputs/${sha256}?notebook=${encodeURIComponent(notebook)}`;
}

/** The text of a value, fetched where it is kept as a blob. */
export async function textOf(notebook: string, value: Value, signal?: AbortSignal): Promise<string> {
  if ("inline" in value) return asText(value.inline);
  const gone = t`This part of the output is no longer kept. Run the cell again.`;
  return (await get(blobUrl(notebook, value.sha256), gone, signal)).text();
}

/** Rejects with a sentence for people: `gone` where the server has it no more. */
async function get(address: string, gone: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(address, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new Error(t`The server cannot be reached. Check your connection, then try again.`);
  });
  if (response.ok) return response;
  throw new Error(response.status === 404 ? gone : t`The server had a problem. Try again in a moment.`);
}

/** A MIME value as text: nbformat also allows a list of lines, and JSON types hold any value. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  return JSON.stringify(value, null, 2);
}

const PART = 1024 * 1024;

/** The bytes `start:end` of a stream as text, in parts, calling `progress` with the share that has arrived. */
export async function streamText(
  notebook: string,
  id: string,
  start: number,
  end: number,
  progress: (share: number) => void = () => undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let from = start; from < end; from += PART) {
    const to = Math.min(end, from + PART);
    const response = await get(
      `/api/notebooks/${encodeURIComponent(notebook)}/streams/${encodeURIComponent(id)}?start=${String(from)}&end=${String(to)}`,
      t`The full text is no longer kept. Run the cell again to see it.`,
    );
    text += decoder.decode(await response.arrayBuffer(), { stream: to < end });
    progress((to - start) / (end - start));
  }
  return text;
}
