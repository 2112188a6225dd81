import { useState } from "react";
import { COMMANDS } from "../../cells/commandList";
import { Dialog } from "../../ui/Dialog";
import { Input } from "../../ui/Input";
import { Kbd } from "../../ui/Kbd";

/** All keys, searchable. */
export function Shortcuts({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLowerCase();
  const groups = COMMANDS.map((group) => ({
    ...group,
    rows: group.rows.filter(({ title }) => title.toLowerCase().includes(wanted)),
  })).filter((group) => group.rows.length > 0);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="medium">
      <Input
        aria-label="Search the shortcuts"
        placeholder="Search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div role="group" aria-label="Shortcuts" tabIndex={0} className="mt-3 max-h-[56vh] overflow-y-auto pr-1">
        {groups.length === 0 && <p className="py-6 text-center text-fg3">Nothing has that name.</p>}
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3 className="pt-3 pb-1 text-[13px] text-fg2">{group.title}</h3>
            <dl>
              {group.rows.map(({ title, keys }) => (
                <div key={title} className="flex min-h-8 items-center gap-3 border-t border-line">
                  <dt className="flex-1">{title}</dt>
                  <dd className="flex flex-wrap justify-end gap-2">
                    {keys.map((combination, index) => (
                      <Kbd key={index} keys={combination} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
