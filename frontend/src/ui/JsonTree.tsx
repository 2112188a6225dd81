/** A JSON value as a tree that opens branch by branch. */
import { t } from "@lingui/core/macro";
import { useState, type ReactElement } from "react";
import { depthShown } from "./jsonDepth";
import "./jsonTree.css";

const SHOWN = 100;

export interface JsonTreeProps {
  value: unknown;
  name?: string;
  depth?: number;
  /** Branches above this depth are open at first. */
  openTo?: number;
}

export function JsonTree({ value, name, depth = 0, openTo = depthShown(value) }: JsonTreeProps): ReactElement {
  const [open, setOpen] = useState(depth < openTo);
  const [shown, setShown] = useState(SHOWN);
  const label = name === undefined ? null : <span className="json-key">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className="json-leaf">
        {label}
        <span className={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const entries: [string, unknown][] = Object.entries(value);
  const isList = Array.isArray(value);
  const summary = isList ? `[${String(entries.length)}]` : `{${String(entries.length)}}`;
  return (
    <details
      className="json-branch"
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        {label}
        <span className="json-count">{summary}</span>
      </summary>
      {open && (
        <div className="json-children">
          {entries.slice(0, shown).map(([key, child]) => (
            <JsonTree key={key} name={key} value={child} depth={depth + 1} openTo={openTo} />
          ))}
          {entries.length > shown && (
            <button
              type="button"
              className="json-more"
              onClick={() => {
                setShown(shown + 10 * SHOWN);
              }}
            >
              {t`Show ${Math.min(entries.length - shown, 10 * SHOWN)} more of ${entries.length}`}
            </button>
          )}
        </div>
      )}
    </details>
  );
}
