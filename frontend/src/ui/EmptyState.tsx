import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** What stands where nothing is yet: what this place is for, and the way to begin. */
export function EmptyState({ icon: Icon, title, children, actions }: { icon: LucideIcon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 inline-flex size-12 items-center justify-center rounded-[14px] border border-line bg-card text-accent shadow-low">
        <Icon size={22} aria-hidden />
      </span>
      <h2 className="text-[17px]">{title}</h2>
      {children !== undefined && <div className="mt-1 max-w-100 text-fg2">{children}</div>}
      {actions !== undefined && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
