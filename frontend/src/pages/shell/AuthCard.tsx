import { useEffect, type ReactNode } from "react";
import { LanguageSelect } from "../../ui/LanguageSelect";
import { Mark } from "../../ui/Mark";

/** The frame of the pages for people who are not signed in yet. */
export function AuthCard({
  title,
  lead,
  children,
  footer,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Commonbook`;
  }, [title]);
  return (
    <main className="flex min-h-dvh flex-col items-center bg-panel px-4 pt-[max(9vh,32px)] pb-16">
      <div className="flex items-center gap-2.5">
        <Mark size={32} />
        <span className="text-[17px] font-semibold tracking-[-0.015em]">Commonbook</span>
      </div>
      <section className="mt-8 w-full max-w-100 rounded-[14px] border border-line bg-card px-7 pt-7 pb-8 shadow-low">
        <h1 className="text-[22px]">{title}</h1>
        {lead !== undefined && <p className="mt-1.5 text-fg2">{lead}</p>}
        <div className="mt-6">{children}</div>
      </section>
      {footer !== undefined && <div className="mt-5 text-center text-fg2">{footer}</div>}
      <div className="mt-5">
        <LanguageSelect quiet />
      </div>
    </main>
  );
}
