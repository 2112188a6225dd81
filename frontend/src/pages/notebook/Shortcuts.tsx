import { useState } from "react";
import { Dialog } from "../../ui/Dialog";
import { Input } from "../../ui/Input";
import { Kbd } from "../../ui/Kbd";

type Row = readonly [name: string, ...keys: readonly (readonly string[])[]];

const GROUPS: readonly { title: string; rows: readonly Row[] }[] = [
  {
    title: "Anywhere in the notebook",
    rows: [
      ["Run and go on", ["Shift", "Enter"]],
      ["Run", ["Mod", "Enter"]],
      ["Run and insert below", ["Alt", "Enter"]],
      ["Show or hide the panel", ["Mod", "B"]],
    ],
  },
  {
    title: "With a cell selected",
    rows: [
      ["Edit", ["Enter"]],
      ["Up, down", ["↑"], ["↓"], ["K"], ["J"]],
      ["Select several", ["Shift", "↑"], ["Shift", "↓"]],
      ["Select all", ["Mod", "A"]],
      ["Insert above, below", ["A"], ["B"]],
      ["Move up, down", ["Alt", "↑"], ["Alt", "↓"]],
      ["Copy, cut, paste", ["C"], ["X"], ["V"]],
      ["Delete", ["D", "D"]],
      ["Undo, redo", ["Z"], ["Shift", "Z"]],
      ["To text, code, raw", ["M"], ["Y"], ["R"]],
      ["Join with the next", ["Shift", "M"]],
      ["Fold the output", ["O"]],
      ["Stop what runs", ["I", "I"]],
      ["Restart the kernel", ["0", "0"]],
      ["Scroll", ["Space"], ["Shift", "Space"]],
      ["This list", ["?"]],
    ],
  },
  {
    title: "In an editor",
    rows: [
      ["Leave", ["Esc"]],
      ["Indent, outdent", ["Tab"], ["Shift", "Tab"]],
      ["Comment", ["Mod", "/"]],
      ["Split the cell", ["Mod", "Shift", "-"]],
      ["Undo, redo your edits", ["Mod", "Z"], ["Mod", "Shift", "Z"]],
    ],
  },
];

/** All keys, searchable. */
export function Shortcuts({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLowerCase();
  const groups = GROUPS.map((group) => ({
    ...group,
    rows: group.rows.filter(([name]) => name.toLowerCase().includes(wanted)),
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
              {group.rows.map(([name, ...keys]) => (
                <div key={name} className="flex min-h-8 items-center gap-3 border-t border-line">
                  <dt className="flex-1">{name}</dt>
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
