import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Mark } from "./Mark";

/** The 52 px bar on top of every page. `children` is the path to this place, `actions` what can be done here. */
export function TopBar({ lead, children, actions }: { lead?: ReactNode; children?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="sticky top-0 z-30 flex h-(--top-bar) shrink-0 items-center gap-2 border-b border-line bg-bg px-3">
      {lead}
      <Link
        href="/"
        aria-label={t`Commonbook, all projects`}
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-button"
      >
        <Mark />
      </Link>
      <div className="flex min-w-0 flex-1 items-center gap-1">{children}</div>
      <div className="flex shrink-0 items-center gap-1.5">{actions}</div>
    </header>
  );
}
