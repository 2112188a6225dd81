/** What may pass between the page and an output frame. The frame's side is hostile input. Pure. */

export type FrameTheme = Readonly<Record<string, string>>;

/** From the page to the frame, over the port that it handed in. */
export type ToFrame =
  | { kind: "render"; mime: string; value: string; theme: FrameTheme; dark: boolean }
  | { kind: "theme"; theme: FrameTheme; dark: boolean };

/** From the frame to the page. */
export type FromFrame =
  | { kind: "rendered" }
  | { kind: "height"; px: number }
  | { kind: "wheel"; dy: number }
  | { kind: "key"; key: "Escape" | "palette" }
  | { kind: "link"; href: string }
  | { kind: "error"; text: string }
  | { kind: "blocked"; host: string };

export const HEIGHT = { least: 24, most: 2000 } as const;
const ERROR_LIMIT = 2000;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** The message in a form that can be trusted to have the right shape, or null. */
export function parseFromFrame(data: unknown): FromFrame | null {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return null;
  const message = data as Record<string, unknown>;
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
    case "error": {
      const text = message["text"];
      return typeof text === "string" ? { kind: "error", text: text.slice(0, ERROR_LIMIT) } : null;
    }
    case "blocked": {
      const host = message["host"];
      return typeof host === "string" && /^[a-z0-9.-]{1,253}$/i.test(host) ? { kind: "blocked", host } : null;
    }
    default:
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
