/** Shows active content in the sandboxed frame, and takes nothing from it but a few checked messages. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { HEIGHT, parseFromFrame, RateLimit, type FrameTheme, type ToFrame } from "./frame/messages";

interface Props {
  title: string;
  mime: string;
  value: string;
}

const TOKENS = ["--bg", "--card", "--fg", "--fg2", "--fg3", "--line", "--accent"];

function currentTheme(): { theme: FrameTheme; dark: boolean } {
  const style = getComputedStyle(document.documentElement);
  const theme = Object.fromEntries(TOKENS.map((name) => [name, style.getPropertyValue(name).trim()]));
  return { theme, dark: style.colorScheme.includes("dark") };
}

/** Heights of frames seen before, so that a frame built again takes its place without a jump. */
const lastHeights = new Map<string, number>();

export function OutputFrame({ title, mime, value }: Props): ReactElement {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(() => lastHeights.get(value) ?? 120);
  const [link, setLink] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const limit = new RateLimit(20);
    let port: MessagePort | null = null;
    const post = (message: ToFrame): void => port?.postMessage(message);

    const onPort = (event: MessageEvent<unknown>): void => {
      const message = parseFromFrame(event.data);
      if (message === null || !limit.allows(performance.now())) return;
      switch (message.kind) {
        case "height":
          lastHeights.set(value, message.px);
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
              ? "This output tried something that the output frame does not allow."
              : `This output loads from ${message.host}, which is not allowed here.`,
          );
          break;
        case "error":
          setProblem(`This output's script failed: ${message.text}`);
          break;
        case "rendered":
          break;
      }
    };
    const onReady = (event: MessageEvent<unknown>): void => {
      if (event.source !== element.contentWindow || event.data !== "ready" || port !== null) return;
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = onPort;
      element.contentWindow?.postMessage("port", "*", [channel.port2]);
      post({ kind: "render", mime, value, ...currentTheme() });
    };
    const themes = new MutationObserver(() => {
      post({ kind: "theme", ...currentTheme() });
    });
    window.addEventListener("message", onReady);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    return () => {
      window.removeEventListener("message", onReady);
      themes.disconnect();
      port?.close();
    };
  }, [mime, value]);

  return (
    <div className="output-frame">
      <iframe
        key={value}
        ref={frame}
        title={title}
        sandbox="allow-scripts"
        src="/output-frame.html"
        loading="lazy"
        style={{ height: Math.max(HEIGHT.least, height) }}
      />
      {link !== null && (
        <p className="output-note" role="status">
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
        </p>
      )}
      {problem !== null && <p className="output-note">{problem}</p>}
    </div>
  );
}
