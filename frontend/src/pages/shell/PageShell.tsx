import { t } from "@lingui/core/macro";
import { useEffect, type ReactNode } from "react";
import { Search } from "lucide-react";
import { Link } from "wouter";
import { Account } from "./Account";
import { Banner } from "../../ui/Banner";
import { TopBar } from "../../ui/TopBar";
import type { Me } from "../../wire/http";
import { useOnline } from "./useOnline";

export interface PageShellProps {
  /** The document's title, and after it the product's. */
  title: string;
  me: Me;
  /** The path in the top bar. */
  crumbs?: ReactNode;
  /** Buttons in the top bar, before the person. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of a person signed in: top bar, state of the connection, one column. */
export function PageShell({ title, me, crumbs, actions, children }: PageShellProps) {
  const online = useOnline();
  useEffect(() => {
    document.title = `${title} · Commonbook`;
  }, [title]);
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-control bg-card px-3 py-2 shadow-pop focus:not-sr-only focus:fixed focus:top-2 focus:start-2"
      >{t`Skip to the content`}</a>
      <TopBar
        actions={
          <>
            {actions}
            {!me.guest && <SearchLink />}
            <Account me={me} />
          </>
        }
      >
        {crumbs}
      </TopBar>
      {!online && (
        <Banner
          tone="warn"
          bar
          live
        >{t`You are offline. What you see may be out of date; changes wait until the connection is back.`}</Banner>
      )}
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-240 px-4 pt-10 pb-24 outline-none sm:px-6">
        {children}
      </main>
    </>
  );
}

const SearchLink = () => (
  <Link
    href="/search"
    aria-label={t`Search in files and notebooks`}
    title={t`Search in files and notebooks`}
    className="inline-flex size-8 items-center justify-center rounded-button text-fg2 hover:bg-hover"
  >
    <Search size={16} aria-hidden />
  </Link>
);

/** One step of the path in the top bar. */
export function Crumb({ children }: { children: ReactNode }) {
  return <span className="truncate px-1.5 font-medium">{children}</span>;
}
