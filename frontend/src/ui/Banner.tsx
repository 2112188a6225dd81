import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const TONES = {
  info: { icon: Info, box: "border-line bg-panel", ink: "text-accent" },
  warn: { icon: TriangleAlert, box: "border-warn-line bg-warn-bg", ink: "text-warn" },
  err: { icon: CircleAlert, box: "border-err/40 bg-err-bg", ink: "text-err" },
};

export interface BannerProps {
  tone?: keyof typeof TONES;
  /** Read out when it appears. */
  live?: boolean;
  actions?: ReactNode;
  /** Reaches from edge to edge, under the top bar. */
  bar?: boolean;
  children: ReactNode;
}

/** A state of the place one is in: what it is, and what to do. */
export function Banner({ tone = "info", live = false, actions, bar = false, children }: BannerProps) {
  const { icon: Icon, box, ink } = TONES[tone];
  return (
    <div
      role={live ? (tone === "err" ? "alert" : "status") : undefined}
      className={cx(
        "flex flex-wrap items-center gap-x-2.5 gap-y-2 px-3 py-2",
        bar ? "border-b" : "rounded-card border",
        box,
      )}
    >
      {/* On a phone the actions go below rather than leave the text a word a line. */}
      <div className="flex min-w-[min(100%,15rem)] flex-1 items-start gap-2.5">
        <Icon size={16} aria-hidden className={cx("mt-[3px] shrink-0", ink)} />
        <div className="min-w-0 flex-1">{children}</div>
      </div>
      {actions !== undefined && actions !== false && <div className="flex items-center gap-2.5">{actions}</div>}
    </div>
  );
}
