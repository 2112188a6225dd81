import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronRight, RotateCcw } from "lucide-react";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";

interface Deleted {
  id: string;
  name: string;
  deleted_at?: string | null;
}

/** What was deleted and can be taken back, folded away; absent while there is nothing. */
export function BinSection<T extends Deleted>({
  label,
  items,
  onRestore,
}: {
  label: string;
  items: readonly T[];
  onRestore: (item: T) => void;
}) {
  if (items.length === 0) return null;
  return (
    <details className="group mt-8">
      <summary className="-ms-1.5 inline-flex min-h-8 list-none items-center gap-1 rounded-control px-1.5 text-fg2 hover:text-fg">
        <ChevronRight size={16} aria-hidden className="transition-transform duration-120 group-open:rotate-90" />
        <Trans>
          Bin
          <span className="figures ms-1 text-fg3">{items.length}</span>
        </Trans>
      </summary>
      <ul aria-label={label} className="mt-2 divide-y divide-line rounded-card border border-line">
        {items.map((item) => (
          <li key={item.id} className="flex min-h-12 items-center gap-3 py-2 pe-2 ps-4">
            <span className="min-w-0 flex-1 truncate text-fg2">{item.name}</span>
            {item.deleted_at !== null && item.deleted_at !== undefined && (
              <span className="text-[13px] text-fg3 max-sm:hidden">
                {t`deleted`} <Time at={item.deleted_at} />
              </span>
            )}
            <Button
              size="small"
              kind="ghost"
              icon={RotateCcw}
              onClick={() => onRestore(item)}
              aria-label={t`Restore ${item.name}`}
            >{t`Restore`}</Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
