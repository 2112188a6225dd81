import { t } from "@lingui/core/macro";
import { NotebookText } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Avatar } from "../../ui/Avatar";
import { AvatarStack } from "../../ui/AvatarStack";
import { Dot } from "../../ui/Dot";
import { Time } from "../../ui/Time";
import type { NotebookSummary } from "../../wire/http";
import { kernelWords } from "./kernelWords";

export interface NotebookLineProps {
  notebook: NotebookSummary;
  /** What else is worth knowing in this list. */
  detail: string;
  /** What stands at the end of the line. */
  children?: ReactNode;
}

/** One notebook in a list: name, who is in it, its kernel, who changed it last. The whole line opens it. */
export function NotebookLine({ notebook, detail, children }: NotebookLineProps) {
  const kernel = kernelWords(notebook.kernel);
  return (
    <li className="relative flex min-h-15 items-center gap-3 py-2 pe-2 ps-4 transition-colors duration-100 first:rounded-t-card last:rounded-b-card hover:bg-hover">
      <NotebookText size={18} aria-hidden className="shrink-0 text-fg3" />
      <div className="min-w-0 flex-1">
        <Link
          href={`/n/${notebook.id}`}
          className="block truncate font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {notebook.name}
        </Link>
        <p className="flex min-w-0 items-center gap-1.5 text-[13px] text-fg3">
          {notebook.edited_by !== null && (
            <Avatar
              size="tiny"
              name={notebook.edited_by.display_name}
              color={notebook.edited_by.color}
              className="max-sm:hidden"
            />
          )}
          <span className="truncate">
            {notebook.edited_by === null ? t`Edited ` : t`${notebook.edited_by.display_name} edited `}
            <span className="relative z-10">
              <Time at={notebook.edited_at} />
            </span>
            {` · ${detail}`}
          </span>
        </p>
      </div>
      {kernel !== null && (
        <span className="flex items-center gap-1.5 text-[13px] text-fg2">
          <Dot tone={kernel.tone} />
          {kernel.word}
        </span>
      )}
      <span className="relative z-10 flex min-w-14 justify-end max-sm:hidden">
        <AvatarStack
          label={t`In here now`}
          people={notebook.people.map((person) => ({ id: person.id, name: person.display_name, color: person.color }))}
        />
      </span>
      {children !== undefined && <div className="relative z-10">{children}</div>}
    </li>
  );
}
