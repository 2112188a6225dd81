import { useQuery } from "@tanstack/react-query";
import { ChevronRight, RotateCcw } from "lucide-react";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";
import type { NotebookSummary } from "../../wire/http";
import { binQuery } from "../../wire/queries";

/** Deleted notebooks, folded away; absent while there are none. */
export function BinSection({ project, onRestore }: { project: string; onRestore: (notebook: NotebookSummary) => void }) {
  const bin = useQuery(binQuery(project));
  if (bin.data === undefined || bin.data.length === 0) return null;
  return (
    <details className="group mt-8">
      <summary className="-ml-1.5 inline-flex min-h-8 list-none items-center gap-1 rounded-control px-1.5 text-fg2 hover:text-fg">
        <ChevronRight size={16} aria-hidden className="transition-transform duration-120 group-open:rotate-90" />
        Bin
        <span className="figures ml-1 text-fg3">{bin.data.length}</span>
      </summary>
      <ul aria-label="Deleted notebooks" className="mt-2 divide-y divide-line rounded-card border border-line">
        {bin.data.map((notebook) => (
          <li key={notebook.id} className="flex min-h-12 items-center gap-3 py-2 pr-2 pl-4">
            <span className="min-w-0 flex-1 truncate text-fg2">{notebook.name}</span>
            {notebook.deleted_at !== null && notebook.deleted_at !== undefined && (
              <span className="text-[13px] text-fg3 max-sm:hidden">
                deleted <Time at={notebook.deleted_at} />
              </span>
            )}
            <Button size="small" kind="ghost" icon={RotateCcw} onClick={() => onRestore(notebook)} aria-label={`Restore ${notebook.name}`}>
              Restore
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
