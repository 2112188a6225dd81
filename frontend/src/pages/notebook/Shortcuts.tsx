import { t } from "@lingui/core/macro";
import { Pencil, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { COMMANDS, type CommandRow } from "../../cells/commandList";
import { combinationOf, conflictOf, keysOf, useCustomKeys, type Combination } from "../../cells/customKeys";
import type { KeyCommand } from "../../cells/keys";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Input } from "../../ui/Input";
import { Kbd } from "../../ui/Kbd";
import { Switch } from "../../ui/Switch";

/** All keys, searchable; those of commands can be changed. */
export function Shortcuts({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [query, setQuery] = useState("");
  const [changing, setChanging] = useState<KeyCommand | null>(null);
  const custom = useCustomKeys();
  const wanted = query.trim().toLowerCase();
  const groups = COMMANDS.map((group) => ({
    ...group,
    rows: group.rows.filter(({ keys, title }) => keys.length > 0 && title.toLowerCase().includes(wanted)),
  })).filter((group) => group.rows.length > 0);
  const isChanged = Object.keys(custom.keys).length > 0;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Keyboard shortcuts`} size="medium">
      <Input
        aria-label={t`Search the shortcuts`}
        placeholder={t`Search`}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div role="group" aria-label={t`Shortcuts`} tabIndex={0} className="mt-3 max-h-[50vh] overflow-y-auto pe-1">
        {groups.length === 0 && <p className="py-6 text-center text-fg3">{t`Nothing has that name.`}</p>}
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3 className="pt-3 pb-1 text-[13px] text-fg2">{group.title}</h3>
            <ul>
              {group.rows.map((row) => (
                <li key={row.title} className="shortcut-row">
                  {changing !== null && changing === row.command ? (
                    <Capture command={changing} title={row.title} onDone={() => setChanging(null)} />
                  ) : (
                    <Row row={row} onChange={setChanging} />
                  )}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
        <Switch
          label={t`Letters alone are commands`}
          hint={t`While no editor has the focus, as B for a new cell. Switch it off if you speak to your computer.`}
          checked={custom.letters}
          onChange={custom.setLetters}
        />
        {isChanged && (
          <Button
            size="small"
            icon={RotateCcw}
            className="self-start"
            onClick={custom.resetAll}
          >{t`Take back all changed keys`}</Button>
        )}
      </div>
    </Dialog>
  );
}

function Row({ row, onChange }: { row: CommandRow; onChange: (command: KeyCommand) => void }) {
  const custom = useCustomKeys();
  const { command, title, keys } = row;
  const now = keysOf(command, keys, custom);
  const isChanged = command !== null && custom.keys[command] !== undefined;
  return (
    <>
      <span className="flex-1">{title}</span>
      <span className="flex flex-wrap justify-end gap-2">
        {now.map((combination, index) => (
          <Kbd key={index} keys={combination} />
        ))}
        {now.length === 0 && <span className="text-[12px] text-fg3">{t`no keys`}</span>}
      </span>
      {command !== null && (
        <span className="flex w-13 justify-end">
          {isChanged && (
            <IconButton
              size="small"
              icon={RotateCcw}
              label={t`Take back the keys of: ${title}`}
              onClick={() => custom.reset(command)}
            />
          )}
          <IconButton
            size="small"
            icon={Pencil}
            label={t`Change the keys of: ${title}`}
            onClick={() => onChange(command)}
          />
        </span>
      )}
    </>
  );
}

/** Waits for keys, says whose they are, and takes them. */
function Capture({ command, title, onDone }: { command: KeyCommand; title: string; onDone: () => void }) {
  const custom = useCustomKeys();
  const [keys, setKeys] = useState<Combination | null>(null);
  const field = useRef<HTMLButtonElement>(null);
  const conflict = keys === null ? null : conflictOf(keys, command, custom);
  useEffect(() => field.current?.focus(), []);
  const take = (): void => {
    if (keys !== null) custom.put(command, keys);
    onDone();
  };
  return (
    <div className="flex flex-1 flex-wrap items-center gap-2 py-1">
      <span className="flex-1">{title}</span>
      <button
        ref={field}
        type="button"
        className="shortcut-capture"
        aria-label={t`New keys of: ${title}`}
        onKeyDown={(event) => {
          if (event.key === "Tab") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === "Escape") {
            onDone();
            return;
          }
          const pressed = combinationOf({
            key: event.key,
            ctrl: event.ctrlKey,
            meta: event.metaKey,
            alt: event.altKey,
            shift: event.shiftKey,
          });
          if (pressed !== null) setKeys(pressed);
        }}
      >
        {keys === null ? t`Press the new keys` : <Kbd keys={keys} />}
      </button>
      <Button size="small" disabled={keys === null} onClick={take}>
        {conflict === null ? t`Use` : t`Use anyway`}
      </Button>
      <Button size="small" kind="ghost" onClick={onDone}>{t`Cancel`}</Button>
      <p role="status" className="w-full text-end text-[12px] text-warn">
        {conflict !== null &&
          (conflict.command === null
            ? t`An editor uses them for: ${conflict.title}. There they will not work any more.`
            : t`They belong to: ${conflict.title}. It will have none.`)}
      </p>
    </div>
  );
}
