import { useSyncExternalStore } from "react";
import { absoluteTime, relativeTime } from "./relativeTime";
import { Tooltip } from "./Tooltip";

const EVERY_MS = 30_000;

/** One clock for all times on the page. */
const clock = (() => {
  const listeners = new Set<() => void>();
  let now = new Date();
  let timer: number | undefined;
  return {
    read: (): Date => now,
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      timer ??= window.setInterval(() => {
        now = new Date();
        for (const each of listeners) each();
      }, EVERY_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        window.clearInterval(timer);
        timer = undefined;
      };
    },
  };
})();

/** Returns the time, anew every half minute. */
export function useNow(): Date {
  return useSyncExternalStore(clock.subscribe, clock.read);
}

/** How long ago, with the full date in the tooltip. `at` is RFC 3339. */
export function Time({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return null;
  return (
    <Tooltip label={absoluteTime(then)}>
      <time dateTime={at} className={className}>
        {relativeTime(then, now.getTime() < then.getTime() ? then : now)}
      </time>
    </Tooltip>
  );
}
