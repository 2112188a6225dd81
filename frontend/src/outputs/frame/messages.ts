/** What may pass between the page and an output frame. The frame's side is hostile input. Pure. */

export type FrameTheme = Readonly<Record<string, string>>;

/** A binary value of a widget's state as base64, and where in the state it belongs. */
export interface FrameBuffer {
  readonly path: readonly (string | number)[];
  readonly data: string;
}

/** A widget as a frame gets it. */
export interface FrameModel {
  readonly id: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly buffers: readonly FrameBuffer[];
}

/** From the page to the frame, over the port that it handed in. */
export type ToFrame =
  | { kind: "render"; mime: string; value: string; theme: FrameTheme; dark: boolean }
  | { kind: "theme"; theme: FrameTheme; dark: boolean }
  /** Widgets that are new to the frame; those that hang together come together. */
  | { kind: "models"; models: readonly FrameModel[] }
  | { kind: "show"; widget: string }
  | {
      kind: "update";
      widget: string;
      state: Readonly<Record<string, unknown>>;
      buffers: readonly FrameBuffer[];
      echo: readonly string[];
    }
  | { kind: "said"; widget: string; content: unknown; buffers: readonly string[] }
  | { kind: "closed"; widget: string }
  /** The kernel has dealt with the frame's message of this number, or it was refused. */
  | { kind: "done"; number: number }
  | { kind: "movable"; movable: boolean }
  /** The code of a widget library of the kernel's environment, or null where it has none. */
  | { kind: "library"; name: string; code: string | null };

/** From the frame to the page. */
export type FromFrame =
  | { kind: "rendered" }
  | { kind: "height"; px: number }
  | { kind: "wheel"; dy: number }
  | { kind: "key"; key: "Escape" | "palette" }
  | { kind: "link"; href: string }
  | { kind: "error"; text: string }
  | { kind: "blocked"; host: string }
  /** A widget cannot be drawn: its text form is to be shown. */
  | { kind: "unknown"; text: string }
  | { kind: "library"; name: string }
  | FrameMove;

/** What somebody did to a widget. `number` names the message to its `done`. */
export interface FrameMove {
  readonly kind: "move";
  readonly number: number;
  readonly widget: string;
  readonly method: "update" | "custom";
  readonly state: Readonly<Record<string, unknown>>;
  readonly content: unknown;
  readonly paths: readonly (readonly (string | number)[])[];
  readonly buffers: readonly string[];
}

export const HEIGHT = { least: 24, most: 2000 } as const;
const ERROR_LIMIT = 2000;
/** What a widget may hand over at once, in characters: 24 MB as base64. */
const MOVE_LIMIT = 34_000_000;
const MOST_BUFFERS = 1000;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isWidgetId = (value: unknown): value is string => typeof value === "string" && /^[\w-]{1,200}$/.test(value);

/** The message in a form that can be trusted to have the right shape, or null. */
export function parseFromFrame(data: unknown): FromFrame | null {
  if (!isFields(data)) return null;
  const message = data;
  switch (message["kind"]) {
    case "rendered":
      return { kind: "rendered" };
    case "height": {
      const px = message["px"];
      return isNumber(px) ? { kind: "height", px: Math.min(HEIGHT.most, Math.max(HEIGHT.least, Math.ceil(px))) } : null;
    }
    case "wheel": {
      const dy = message["dy"];
      return isNumber(dy) ? { kind: "wheel", dy: Math.min(1000, Math.max(-1000, dy)) } : null;
    }
    case "key":
      return message["key"] === "Escape" || message["key"] === "palette" ? { kind: "key", key: message["key"] } : null;
    case "link": {
      const href = message["href"];
      return typeof href === "string" && href.length <= 2048 && isWebAddress(href) ? { kind: "link", href } : null;
    }
    case "error":
    case "unknown": {
      const text = message["text"];
      return typeof text === "string" ? { kind: message["kind"], text: text.slice(0, ERROR_LIMIT) } : null;
    }
    case "blocked": {
      const host = message["host"];
      return typeof host === "string" && /^[a-z0-9.-]{1,253}$/i.test(host) ? { kind: "blocked", host } : null;
    }
    case "library": {
      const name = message["name"];
      return typeof name === "string" && isLibraryName(name) ? { kind: "library", name } : null;
    }
    case "move":
      return parseMove(message);
    default:
      return null;
  }
}

/** Names of packages as npm and Python's notebook extensions have them; nothing that could be a path. */
export function isLibraryName(name: string): boolean {
  return /^(@[a-z0-9][a-z0-9._-]{0,99}\/)?[a-z0-9][a-z0-9._-]{0,99}$/i.test(name) && !name.includes("..");
}

function parseMove(message: Readonly<Record<string, unknown>>): FrameMove | null {
  const { number, widget, method, content, paths, buffers } = message;
  const state = message["state"] ?? {};
  if (!isNumber(number) || !Number.isSafeInteger(number) || !isWidgetId(widget)) return null;
  if ((method !== "update" && method !== "custom") || !isFields(state)) return null;
  if (!isTexts(buffers) || buffers.length > MOST_BUFFERS || !isPaths(paths)) return null;
  const move: FrameMove = { kind: "move", number, widget, method, state, content: content ?? null, paths, buffers };
  return move;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

const isPaths = (value: unknown): value is readonly (readonly (string | number)[])[] =>
  Array.isArray(value) &&
  value.length <= MOST_BUFFERS &&
  value.every(
    (path) =>
      Array.isArray(path) && path.length <= 64 && path.every((step) => typeof step === "string" || isNumber(step)),
  );

/** How long the move is as text; null for what the server would not take: too large, or no JSON at all. */
export function moveLength(move: FrameMove): number | null {
  try {
    const { length } = JSON.stringify([move.state, move.content, move.paths, move.buffers]);
    return length <= MOVE_LIMIT ? length : null;
  } catch {
    return null;
  }
}

function isWebAddress(href: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(href).protocol);
  } catch {
    return false;
  }
}

/** At most `perSecond` messages in any second; the rest are dropped. `now` in milliseconds. */
export class RateLimit {
  private readonly times: number[] = [];

  constructor(private readonly perSecond = 20) {}

  allows(now: number): boolean {
    while (this.times.length > 0 && now - (this.times[0] ?? now) >= 1000) this.times.shift();
    if (this.times.length >= this.perSecond) return false;
    this.times.push(now);
    return true;
  }
}
