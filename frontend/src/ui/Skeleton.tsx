import { cx } from "./cx";

/** A grey bar in place of text that is on its way; it appears after 300 ms. Give it a size by class. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden className="after-300ms block">
      <span className={cx("block animate-pulse rounded-control bg-hover", className ?? "h-4 w-full")} />
    </span>
  );
}

/** Around skeletons: says once to screen readers what is awaited. */
export function Loading({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div role="status" aria-busy>
      <span className="sr-only">{label}</span>
      {children}
    </div>
  );
}
