import { t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { toastError } from "../ui/Toast";
import type { Schemas } from "../wire/http";
import { AskFor } from "./AskFor";
import { requirementsQuery, useChanges, wishes } from "./useEnvironment";
import { sureness } from "./words";

type Needed = Schemas["NeededPackage"];

export interface ReviewProps {
  project: string;
  needed: readonly Needed[];
  /** Others may only ask for what they choose. */
  mayChange: boolean;
  /** The button that goes on, of so many lines. */
  action: (count: number) => string;
  onDone: () => void;
}

/** The exact lines, why each, and how sure: all or some are installed, or asked for. */
export function Review({ project, needed, mayChange, action, onDone }: ReviewProps) {
  const client = useQueryClient();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const { begin } = useChanges(project, (doubt) => toastError(doubt.reason));
  const chosen = needed.map((each) => each.line).filter((line) => !left.has(line));
  const toggle = (line: string): void => {
    const next = new Set(left);
    if (!next.delete(line)) next.add(line);
    setLeft(next);
  };
  const install = async (): Promise<void> => {
    try {
      await begin.mutateAsync({ wish: wishes(project).install(chosen) });
      onDone();
    } catch {
      return; // told by the mutation
    }
    void client.invalidateQueries({ queryKey: requirementsQuery(project).queryKey });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void install();
      }}
    >
      <ul className="divide-y divide-line rounded-card border border-line">
        {needed.map((each) => (
          <li key={each.line} className="px-3.5 py-2.5">
            <label htmlFor={`missing-${each.distribution}`} className="flex cursor-pointer items-center gap-3">
              <input
                id={`missing-${each.distribution}`}
                type="checkbox"
                className="size-4 shrink-0 accent-primary"
                checked={!left.has(each.line)}
                onChange={() => toggle(each.line)}
              />
              <span className="font-mono text-[13px] font-medium">{each.line}</span>
            </label>
            <p className="ps-7 text-[13px] text-fg2">{why(each)}</p>
          </li>
        ))}
      </ul>
      <div className="mt-4 flex flex-wrap items-center justify-end gap-2">
        {mayChange ? (
          <>
            <Button onClick={onDone}>{t`Not now`}</Button>
            <Button type="submit" kind="primary" busy={begin.isPending} disabled={chosen.length === 0}>
              {action(chosen.length)}
            </Button>
          </>
        ) : (
          chosen.length > 0 && <AskFor project={project} lines={chosen} />
        )}
      </div>
    </form>
  );
}

/** "import sklearn in Notes.ipynb, cell 3 · sure" */
function why(each: Needed): string {
  const [place] = each.cells;
  const where =
    place === undefined
      ? ""
      : t` in ${place.file}${place.number === null ? t`, line ${place.line}` : t`, cell ${place.number}`}`;
  const more = each.cells.length > 1 ? t` and ${each.cells.length - 1} more` : "";
  const what = each.import === null ? t`An install line` : t`import ${each.import}`;
  return `${what}${where}${more} · ${sureness(each.confidence)}`;
}
