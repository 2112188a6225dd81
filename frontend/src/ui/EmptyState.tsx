import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** `h1` where it stands for the whole page. */
  heading?: "h1" | "h2" | "h3";
  children?: ReactNode;
  actions?: ReactNode;
}

/** What stands where nothing is yet: what this place is for, and the way to begin. */
export function EmptyState({ icon: Icon, title, heading: Heading = "h2", children, actions }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 inline-flex size-12 items-center justify-center rounded-[14px] border border-line bg-card text-accent shadow-low">
        <Icon size={22} aria-hidden />
      </span>
      <Heading className="text-[17px] leading-6 font-semibold tracking-[-0.01em]">{title}</Heading>
      {children !== undefined && <div className="mt-1 max-w-100 text-fg2">{children}</div>}
      {actions !== undefined && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
