import { cx } from "./cx";

const TONES = {
  off: "border-line3",
  ok: "bg-ok border-ok",
  busy: "bg-accent border-accent animate-pulse",
  warn: "bg-warn border-warn",
  err: "bg-err border-err",
};

export type DotTone = keyof typeof TONES;

/** The state dot. A word always stands beside it: colour alone says nothing. */
export function Dot({ tone }: { tone: DotTone }) {
  return <span aria-hidden className={cx("inline-block size-2 shrink-0 rounded-full border", TONES[tone])} />;
}
