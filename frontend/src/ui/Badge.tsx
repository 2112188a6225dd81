import type { ReactNode } from "react";
import { cx } from "./cx";

const TONES = {
  plain: "bg-panel text-fg2 border-line",
  accent: "bg-accent-bg text-accent border-transparent",
  ok: "bg-card text-ok border-line",
  warn: "bg-warn-bg text-warn border-warn-line",
  err: "bg-err-bg text-err border-transparent",
};

/** A word about a thing, as "Pending" or "You". */
export function Badge({ tone = "plain", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return (
    <span
      className={cx(
        "inline-flex h-5 items-center gap-1 rounded-full border px-2 text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
