import { cx } from "./cx";
import "./progressBar.css";

export interface ProgressBarProps {
  /** What is under way. */
  readonly label: string;
  /** How much of it is done, from 0 to 1; null while nobody knows. */
  readonly share: number | null;
  /** How far it is, in words. */
  readonly text?: string;
  readonly className?: string;
}

/** How shown while the share is not known: a piece that goes to and fro. */
const UNKNOWN = 0.35;

export function ProgressBar({ label, share, text, className }: ProgressBarProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuetext={text}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === null ? {} : { "aria-valuenow": Math.round(share * 100) })}
      className={cx("progress-bar", share === null && "progress-bar-unknown", className)}
    >
      <span style={{ width: `${(share ?? UNKNOWN) * 100}%` }} />
    </div>
  );
}
