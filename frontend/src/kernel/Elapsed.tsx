import { useEffect, useRef } from "react";
import { durationText } from "../model/time";

const SHOWN_AFTER_MS = 5_000;

/** How long something has waited, once that is worth a word; counts on without React. */
export function Elapsed({ since }: { since: string }) {
  const node = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      const ms = Date.now() - new Date(since).getTime();
      if (node.current !== null) node.current.textContent = ms >= SHOWN_AFTER_MS ? ` ${durationText(ms)}` : "";
    };
    show();
    const timer = setInterval(show, 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return <span ref={node} aria-hidden className="figures whitespace-nowrap text-fg3" />;
}
