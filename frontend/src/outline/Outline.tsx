import { t } from "@lingui/core/macro";
import { cx } from "../ui/cx";
import { useOutline } from "./useOutline";
import type { Documents, OutlineItem, SectionState } from "./outline";
import "./outline.css";

const WORDS: Record<Exclude<SectionState, null>, string> = {
  running: t`running`,
  queued: t`waiting`,
  failed: t`failed`,
};

/** The headings of the notebook; a click goes there, a dot says what happens below. */
export function Outline({
  documents,
  active,
  onGo,
}: {
  documents: Documents;
  /** The cell where the person is. */
  active: string | null;
  onGo: (item: OutlineItem) => void;
}) {
  const items = useOutline(documents);
  if (items.length === 0) return null;
  const top = Math.min(...items.map((item) => item.level));
  const here = active === null ? -1 : items.findLastIndex((item) => item.cells.includes(active));
  return (
    <nav aria-label={t`Outline`} className="outline-nav">
      <h2 className="px-2 pb-2 text-xs font-semibold tracking-normal text-fg3">{t`Outline`}</h2>
      <ul className="flex flex-col">
        {items.map((item, index) => (
          <li key={`${item.cell} ${item.nth}`}>
            <button
              type="button"
              className={cx("outline-item", index === here && "outline-here")}
              style={{ paddingLeft: 8 + 14 * Math.min(item.level - top, 4) }}
              aria-current={index === here ? "location" : undefined}
              onClick={() => onGo(item)}
            >
              <span className="min-w-0 flex-1 truncate">{item.text}</span>
              {item.state !== null && (
                <span className="outline-state" data-state={item.state}>
                  <span className="sr-only">{WORDS[item.state]}</span>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
