import { t } from "@lingui/core/macro";
import { Cpu, MonitorDot, ScrollText, UserRound, UsersRound, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { cx } from "../../ui/cx";
import type { Me } from "../../wire/http";
import { Crumb, PageShell } from "./PageShell";

const PLACES: readonly { path: string; name: string; icon: LucideIcon }[] = [
  { path: "/admin/users", name: t`People`, icon: UserRound },
  { path: "/admin/groups", name: t`Groups`, icon: UsersRound },
  { path: "/admin/hardware", name: t`Hardware`, icon: Cpu },
  { path: "/admin/kernels", name: t`Kernels`, icon: MonitorDot },
  { path: "/admin/audit", name: t`Audit`, icon: ScrollText },
];

export interface AdminShellProps {
  title: string;
  /** One sentence on what this page is for. */
  lead?: ReactNode;
  me: Me;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of those who manage this server, with the way to the other ones. */
export function AdminShell({ title, lead, me, actions, children }: AdminShellProps) {
  const [path] = useLocation();
  return (
    <PageShell title={title} me={me} crumbs={<Crumb>{t`This server`}</Crumb>}>
      <nav aria-label={t`Administration`} className="-mt-4 mb-8 overflow-x-auto border-b border-line">
        <ul className="flex gap-1">
          {PLACES.map(({ path: to, name, icon: Icon }) => (
            <li key={to}>
              <Link
                href={to}
                aria-current={path === to ? "page" : undefined}
                className={cx(
                  "-mb-px flex h-10 items-center gap-2 border-b-2 px-2.5 font-medium focus-visible:-outline-offset-2",
                  path === to ? "border-accent text-fg" : "border-transparent text-fg2 hover:text-fg",
                )}
              >
                <Icon size={16} aria-hidden className={cx("max-sm:hidden", path === to ? "text-accent" : "text-fg3")} />
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <h1>{title}</h1>
          {lead !== undefined && <p className="mt-1.5 max-w-150 text-fg2">{lead}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </PageShell>
  );
}
