/** All columns in a list: which show, found by name. */
import { t } from "@lingui/core/macro";
import { Columns3 } from "lucide-react";
import { useState, type ReactElement } from "react";
import { Button } from "../ui/Button";
import { Checkbox } from "../ui/Checkbox";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { Popover } from "../ui/Popover";
import type { Column } from "./bundle";
import { KindIcon } from "./KindIcon";
import { toggled, type GridView } from "./view";

const LISTED = 100;

export interface ColumnListProps {
  columns: readonly Column[];
  view: GridView;
  onView: (view: GridView) => void;
}

export function ColumnList({ columns, view, onView }: ColumnListProps): ReactElement {
  const [isOpen, setIsOpen] = useState(false);
  const [needle, setNeedle] = useState("");
  const found = columns.filter((column) => column.name.toLowerCase().includes(needle.toLowerCase()));
  const listed = found.slice(0, LISTED);
  return (
    <Popover
      label={t`Columns`}
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={<IconButton icon={Columns3} size="small" label={t`Columns`} pressed={view.hidden.length > 0} />}
    >
      <div className="fr-columns">
        {columns.length > 8 && (
          <Input
            aria-label={t`Find a column`}
            placeholder={t`Find a column`}
            value={needle}
            onChange={(event) => setNeedle(event.target.value)}
          />
        )}
        <div className="fr-columns-list" role="group" aria-label={t`Columns that show`}>
          {listed.map((column) => (
            <Checkbox
              key={column.at}
              checked={!view.hidden.includes(column.at)}
              onChange={() => onView({ ...view, hidden: toggled(view.hidden, column.at) })}
            >
              <KindIcon kind={column.kind} />
              <bdi className="truncate">{column.name === "" ? t`values` : column.name}</bdi>
            </Checkbox>
          ))}
          {found.length > listed.length && (
            <p className="fr-note">{t`${found.length - listed.length} more: type to find them.`}</p>
          )}
          {found.length === 0 && <p className="fr-note">{t`No column of that name.`}</p>}
        </div>
        <div className="fr-filter-ends">
          <Button
            size="small"
            kind="ghost"
            disabled={view.hidden.length === 0}
            onClick={() => onView({ ...view, hidden: [] })}
          >{t`Show all`}</Button>
          <Button
            size="small"
            kind="ghost"
            onClick={() => onView({ ...view, hidden: [], order: [], pinned: [], widths: {}, wrapped: [], tints: {} })}
          >{t`Reset the layout`}</Button>
        </div>
      </div>
    </Popover>
  );
}
