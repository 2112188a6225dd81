/** The HTTP API as typed functions: JSON in, JSON out, and every refusal an `ApiError`. */
import { t } from "@lingui/core/macro";
import { reasonsTold } from "../i18n/told";
import type { components } from "./types";

export type Schemas = components["schemas"];
export type User = Schemas["User"];
export type Me = Schemas["Me"];
export type Project = Schemas["Project"];
export type Member = Schemas["Member"];
export type Link = Schemas["Link"];
export type NotebookSummary = Schemas["NotebookSummary"];
export type Role = Schemas["Role"];
export type FileEntry = Schemas["FileEntry"];
export type FolderListing = Schemas["FolderListing"];
export type Hardware = Schemas["Hardware"];
/** The options of an engine are whatever it takes, which the generator cannot say. */
type WithOptions<T> = Omit<T, "options"> & { options: Readonly<Record<string, unknown>> };
export type HardwareClass = WithOptions<Schemas["HardwareClass"]>;
export type NewHardwareClass = WithOptions<Schemas["NewHardwareClass"]>;
export type HardwareCatalogue = Omit<Schemas["HardwareCatalogue"], "items" | "offered"> & {
  items: HardwareClass[];
  offered: HardwareClass[];
};

/** A part of a list; `next` is the cursor of the following part. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** What the server refused, or `offline` when it could not be reached at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Stable; `offline` and `broken_answer` are made here, all others come from the server. */
    readonly code: string,
    /** A sentence that says what to do next, fit to be shown. */
    readonly reason: string,
  ) {
    super(`${code}: ${reason}`);
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Options {
  signal?: AbortSignal;
}

/** The part of `fetch` in use, so that tests can stand in for it. */
export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/**
 * Sends one request and returns the answer's JSON; `undefined` for an empty answer.
 *
 * `Answer` is the one place where the shape is taken on trust: it is generated
 * from the structs that the server encodes.
 */
export async function request<Answer>(
  method: Method,
  path: string,
  body?: object,
  options: Options = {},
  fetcher: Fetch = fetch,
): Promise<Answer> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  }
  if (options.signal !== undefined) init.signal = options.signal;

  let response: Response;
  try {
    response = await fetcher(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offline();
  }
  return answerOf(response.status, await response.text()) as Answer;
}

/** Sends a large body and tells which share of it has left; `fetch` cannot. */
export function upload<Answer>(
  path: string,
  body: object,
  onProgress: (share: number) => void,
  call = new XMLHttpRequest(),
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call.open("POST", path);
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("Content-Type", "application/json");
    call.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    call.onerror = () => reject(offline());
    call.onload = () => {
      try {
        resolve(answerOf(call.status, call.responseText) as Answer);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    call.send(JSON.stringify(body));
  });
}

function answerOf(status: number, text: string): unknown {
  if (status < 200 || status > 299) throw refusal(status, text);
  if (text === "") return undefined;
  try {
    return JSON.parse(text, reasonsTold()) as unknown;
  } catch {
    throw new ApiError(
      status,
      "broken_answer",
      t`The server's answer could not be read. Reload the page and try again.`,
    );
  }
}

const offline = (): ApiError =>
  new ApiError(0, "offline", t`The server cannot be reached. Check your connection, then try again.`);

/** Reads the one error shape, `{"error": {"code", "reason"}}`; anything else (a proxy's page) gets words of our own. */
export function refusal(status: number, text: string): ApiError {
  try {
    const parsed: unknown = JSON.parse(text, reasonsTold());
    if (isErrorBody(parsed)) return new ApiError(status, parsed.error.code, parsed.error.reason);
  } catch {
    // Not JSON: an answer from something between the server and here.
  }
  if (status >= 500) return new ApiError(status, "server_error", t`The server had a problem. Try again in a moment.`);
  return new ApiError(status, "refused", t`The server refused this (${status}). Reload the page and try again.`);
}

function isErrorBody(value: unknown): value is Schemas["ErrorBody"] {
  if (typeof value !== "object" || value === null || !("error" in value)) return false;
  const { error } = value;
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "string" &&
    "reason" in error &&
    typeof error.reason === "string"
  );
}

/** Returns all items of a list, following `next`, at most `pages` parts of it. */
export async function all<T>(path: string, options: Options = {}, pages = 20): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined = null;
  for (let part = 0; part < pages; part += 1) {
    const address: string =
      cursor === null ? path : `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await request<Page<T>>("GET", address, undefined, options);
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null || cursor === undefined) break;
  }
  return items;
}

/** The sentence to show for anything that was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return error.reason;
  return t`Something went wrong on this page. Reload it and try again.`;
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof ApiError && codes.includes(error.code);
}
