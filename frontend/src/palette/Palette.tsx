import { t } from "@lingui/core/macro";
import { Dialog as Base } from "@base-ui/react/dialog";
import { Search, type LucideIcon } from "lucide-react";
import { useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { cx } from "../ui/cx";
import { Kbd } from "../ui/Kbd";
import { rank } from "./rank";
import { recent, used } from "./recent";

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly icon: LucideIcon;
  readonly keys?: readonly string[];
  /** Said quietly at the end, as the place of a heading. */
  readonly hint?: string;
  readonly run: () => void;
}

const MOST = 60;

/** Every command and every place, by a few letters of its name. */
export function Palette({
  open,
  onOpenChange,
  entries,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  entries: () => readonly Entry[];
}) {
  const chosen = useRef<Entry | null>(null);
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => onOpenChange(next)}
      onOpenChangeComplete={(isOpen) => {
        if (isOpen) return;
        // After the focus is back where it was: a command goes by what is selected there.
        chosen.current?.run();
        chosen.current = null;
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-veil transition-opacity duration-120 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 flex items-start justify-center px-4 pt-[max(4vh,16px)] sm:pt-[12vh]">
          <Base.Popup
            aria-label={t`Find a command`}
            className="pop-motion flex max-h-[68vh] w-full max-w-150 flex-col overflow-hidden rounded-[14px] bg-card shadow-pop outline-none"
          >
            <Choices
              entries={entries}
              onChoose={(entry) => {
                used(entry.id);
                chosen.current = entry;
                onOpenChange(false);
              }}
            />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

function Choices({ entries, onChoose }: { entries: () => readonly Entry[]; onChoose: (entry: Entry) => void }) {
  const list = useId();
  const [all] = useState(entries);
  const [lately] = useState(recent);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const shown = useMemo(() => shownFor(query, all, lately), [query, all, lately]);
  const active = Math.min(at, shown.length - 1);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const last = shown.length - 1;
    if (event.key === "ArrowDown") setAt(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") setAt(active <= 0 ? last : active - 1);
    else if (event.key === "Home" && query === "") setAt(0);
    else if (event.key === "End" && query === "") setAt(last);
    else if (event.key === "Enter") {
      const entry = shown[active];
      if (entry !== undefined) onChoose(entry);
    } else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={16} aria-hidden className="shrink-0 text-fg3" />
        <input
          // The dialog opens for this field.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-label={t`Find a command, heading or notebook`}
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={active < 0 ? undefined : `${list}-${active}`}
          aria-autocomplete="list"
          placeholder={t`Find a command, heading or notebook`}
          spellCheck={false}
          autoComplete="off"
          className="h-12 w-full bg-transparent text-[15px] outline-none placeholder:text-fg3"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {shown.length === 0 && <p className="px-4 py-8 text-center text-fg3">{t`Nothing has that name.`}</p>}
      <div
        role="listbox"
        id={list}
        aria-label={t`Commands and places`}
        className="min-h-0 overflow-y-auto p-1.5 empty:hidden"
      >
        {shown.map((entry, index) => (
          <Row
            key={entry.id}
            id={`${list}-${index}`}
            entry={entry}
            heading={query === "" && entry.group !== shown[index - 1]?.group ? entry.group : null}
            isActive={index === active}
            onPoint={() => setAt(index)}
            onChoose={() => onChoose(entry)}
          />
        ))}
      </div>
    </>
  );
}

function Row({
  id,
  entry,
  heading,
  isActive,
  onPoint,
  onChoose,
}: {
  id: string;
  entry: Entry;
  heading: string | null;
  isActive: boolean;
  onPoint: () => void;
  onChoose: () => void;
}) {
  const { icon: Icon, title, hint, keys } = entry;
  return (
    <>
      {heading !== null && (
        <p role="presentation" className="px-2.5 pt-2.5 pb-1 text-xs font-medium text-fg3">
          {heading}
        </p>
      )}
      {/* The field has the focus and the keys; a row takes the pointer alone. */}
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        ref={(row) => {
          if (isActive) row?.scrollIntoView({ block: "nearest" });
        }}
        id={id}
        role="option"
        tabIndex={-1}
        aria-selected={isActive}
        onPointerMove={isActive ? undefined : onPoint}
        onClick={onChoose}
        className={cx(
          "flex min-h-9 cursor-default items-center gap-2.5 rounded-control px-2.5",
          isActive && "bg-accent-bg",
        )}
      >
        <Icon size={16} aria-hidden className={cx("shrink-0", isActive ? "text-accent" : "text-fg3")} />
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {hint !== undefined && <span className="shrink-0 text-xs text-fg3">{hint}</span>}
        {keys !== undefined && <Kbd keys={keys} />}
      </div>
    </>
  );
}

/** Before anything is typed: what was used last, then all in its groups. */
function shownFor(query: string, all: readonly Entry[], lately: readonly string[]): readonly Entry[] {
  if (query.trim() !== "") return rank(query, all, lately).slice(0, MOST);
  const before = lately.flatMap((id) => all.filter((entry) => entry.id === id)).slice(0, 4);
  const rest = all.filter((entry) => !before.includes(entry));
  return [...before.map((entry) => ({ ...entry, group: t`Used lately` })), ...rest].slice(0, MOST);
}
