/** The sandboxed frame as an element: hands in a port, sizes itself, and takes nothing out but a few checked messages. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from "react";
import { HEIGHT, parseFromFrame, RateLimit, type FrameTheme, type FromFrame, type ToFrame } from "./frame/messages";

const TOKENS = [
  "--bg",
  "--card",
  "--fg",
  "--fg2",
  "--fg3",
  "--line",
  "--line2",
  "--line3",
  "--accent",
  "--accent-bg",
  "--ok",
  "--err",
  "--warn-line",
  "--font-ui",
  "--font-code",
];

/** The colours of terminals. */
const INKS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** Most widgets send little; one that is dragged sends as often as its kernel answers. */
const MOVES_PER_S = 60;

export interface Theme {
  readonly theme: FrameTheme;
  readonly dark: boolean;
}

export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const tokens = [...TOKENS, ...Array.from({ length: 8 }, (_, index) => `--chart-${String(index)}`)];
  for (const color of INKS) tokens.push(`--ansi-${color}`, `--ansi-bright-${color}`, `--ground-${color}`);
  const theme = Object.fromEntries(tokens.map((name) => [name, style.getPropertyValue(name).trim()]));
  return { theme, dark: style.colorScheme.includes("dark") };
}

/** Until a frame says how high it is. */
const UNKNOWN_PX = 120;

/** Heights of frames seen before, so that a frame built again takes its place without a jump. */
const lastHeights = new Map<string, number>();

/** One life of a frame's inside: it begins when the frame is ready. */
export interface FrameSession {
  /** Hears what is not the frame's own business. */
  readonly receive: (message: FromFrame) => void;
  readonly close: () => void;
}

interface Props {
  title: string;
  /** What the frame shows, by name: another one is another frame. */
  identity: string;
  /** Stays the same object for as long as the frame is the same one. */
  begin: (post: (message: ToFrame) => void) => FrameSession;
  children?: ReactNode;
}

export function FrameBox({ title, identity, begin, children }: Props): ReactElement {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(() => lastHeights.get(identity) ?? null);
  const [link, setLink] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const limit = new RateLimit(20);
    const moves = new RateLimit(MOVES_PER_S);
    let port: MessagePort | null = null;
    let session: FrameSession | null = null;
    const post = (message: ToFrame): void => port?.postMessage(message);

    const onPort = (event: MessageEvent<unknown>): void => {
      const message = parseFromFrame(event.data);
      if (message === null) return;
      if (message.kind === "move") {
        if (moves.allows(performance.now())) session?.receive(message);
        else post({ kind: "done", number: message.number });
        return;
      }
      if (!limit.allows(performance.now())) return;
      switch (message.kind) {
        case "height":
          lastHeights.set(identity, message.px);
          setHeight(message.px);
          break;
        case "wheel":
          element.closest("#scroll")?.scrollBy({ top: message.dy });
          break;
        case "key":
          if (message.key === "Escape") element.closest<HTMLElement>("section")?.focus();
          break;
        case "link":
          setLink(message.href);
          break;
        case "blocked":
          setProblem(
            message.host === "inline"
              ? t`This output tried something that the output frame does not allow.`
              : t`This output loads from ${message.host}, which is not allowed here.`,
          );
          break;
        case "error":
          setProblem(t`This output's script failed: ${message.text}`);
          break;
        case "rendered":
        case "unknown":
        case "library":
          session?.receive(message);
          break;
      }
    };
    const onReady = (event: MessageEvent<unknown>): void => {
      if (event.source !== element.contentWindow || event.data !== "ready" || port !== null) return;
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = onPort;
      element.contentWindow?.postMessage("port", "*", [channel.port2]);
      session = begin(post);
    };
    const themes = new MutationObserver(() => {
      post({ kind: "theme", ...currentTheme() });
    });
    window.addEventListener("message", onReady);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    return () => {
      window.removeEventListener("message", onReady);
      themes.disconnect();
      session?.close();
      port?.close();
    };
  }, [identity, begin]);

  return (
    <div className="output-frame" data-waiting={height === null && problem === null ? "" : undefined}>
      <iframe
        key={identity}
        ref={frame}
        title={title}
        sandbox="allow-scripts"
        src="/output-frame.html"
        loading="lazy"
        style={{ height: Math.max(HEIGHT.least, height ?? UNKNOWN_PX) }}
      />
      {children}
      {link !== null && (
        <p className="output-note" role="status">
          <Trans>
            This output links to <code>{link}</code>.{" "}
            <a
              href={link}
              target="_blank"
              rel="noopener noreferrer nofollow"
              onClick={() => {
                setLink(null);
              }}
            >
              Open it
            </a>{" "}
            <button
              type="button"
              onClick={() => {
                setLink(null);
              }}
            >
              Dismiss
            </button>
          </Trans>
        </p>
      )}
      {problem !== null && <p className="output-note">{problem}</p>}
    </div>
  );
}
