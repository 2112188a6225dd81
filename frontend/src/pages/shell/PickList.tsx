import { t } from "@lingui/core/macro";
import { Search } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { Checkbox } from "../../ui/Checkbox";
import { Input } from "../../ui/Input";

const SEARCHED_FROM = 8;

export interface Pick {
  id: string;
  name: string;
  /** What else can be searched for, as a login name. */
  also?: string;
  lead?: ReactNode;
}

export interface PickListProps {
  label: string;
  all: readonly Pick[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  /** What stands here when there is nobody to pick. */
  empty: ReactNode;
}

/** People or groups, of which any number is chosen. */
export function PickList({ label, all, chosen, onChange, empty }: PickListProps) {
  const [wanted, setWanted] = useState("");
  const name = useId();
  const key = wanted.trim().toLowerCase();
  const shown = all.filter((each) => `${each.name} ${each.also ?? ""}`.toLowerCase().includes(key));
  const toggle = (id: string, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(id);
    else next.delete(id);
    onChange(next);
  };
  return (
    <div role="group" aria-labelledby={name}>
      <div className="mb-1.5 flex items-baseline justify-between text-[13px]">
        <span id={name} className="font-medium">
          {label}
        </span>
        <span className="figures text-fg3">{chosen.size === 0 ? t`nobody chosen` : t`${chosen.size} chosen`}</span>
      </div>
      <div className="rounded-card border border-line bg-bg">
        {all.length >= SEARCHED_FROM && (
          <div className="relative border-b border-line p-1.5">
            <Search size={14} aria-hidden className="absolute top-3.5 start-4 text-fg3" />
            <Input
              aria-label={t`Search ${label.toLowerCase()}`}
              placeholder={t`Search`}
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
              className="ps-8"
            />
          </div>
        )}
        <div className="max-h-48 overflow-y-auto p-1">
          {all.length === 0 && <p className="px-2 py-1.5 text-[13px] text-fg2">{empty}</p>}
          {all.length > 0 && shown.length === 0 && (
            <p className="px-2 py-1.5 text-[13px] text-fg2">{t`Nothing of that name.`}</p>
          )}
          {shown.map((each) => (
            <Checkbox key={each.id} checked={chosen.has(each.id)} onChange={(now) => toggle(each.id, now)}>
              {each.lead}
              <span className="truncate">{each.name}</span>
              {each.also !== undefined && <span className="truncate text-[13px] text-fg3">{each.also}</span>}
            </Checkbox>
          ))}
        </div>
      </div>
    </div>
  );
}
