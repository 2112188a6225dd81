/** Finds text in all columns, and says in how many rows. */
import { t } from "@lingui/core/macro";
import { Search as SearchIcon, X } from "lucide-react";
import { useEffect, useRef, useState, type ReactElement } from "react";
import { rowsText } from "./format";

export interface SearchProps {
  value: string;
  /** Why nothing can be searched, or null. */
  waits: string | null;
  /** In how many rows the text was found; null while that is not known. */
  hits: number | null;
  onSearch: (text: string) => void;
}

const PAUSE_MS = 200;

export function Search({ value, waits, hits, onSearch }: SearchProps): ReactElement {
  const [text, setText] = useState(value);
  const [kept, setKept] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  if (kept !== value) {
    setKept(value);
    setText(value);
  }
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  const search = (next: string, now: boolean): void => {
    setText(next);
    if (timer.current !== null) clearTimeout(timer.current);
    if (now) onSearch(next.trim());
    else timer.current = setTimeout(() => onSearch(next.trim()), PAUSE_MS);
  };
  return (
    <span className="fr-search" data-waits={waits !== null || undefined}>
      <SearchIcon size={13} aria-hidden />
      <input
        type="search"
        aria-label={t`Search the table`}
        placeholder={t`Search`}
        title={waits ?? undefined}
        disabled={waits !== null}
        value={text}
        maxLength={200}
        onChange={(event) => search(event.target.value, false)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(text, true);
          if (event.key === "Escape" && text !== "") {
            event.stopPropagation();
            search("", true);
          }
        }}
      />
      {value !== "" && hits !== null && (
        <span className="fr-hits" role="status">
          {rowsText(hits)}
        </span>
      )}
      {text !== "" && (
        <button type="button" aria-label={t`Clear the search`} onClick={() => search("", true)}>
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}
