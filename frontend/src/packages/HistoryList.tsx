import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Undo2 } from "lucide-react";
import { useId, useState } from "react";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Time } from "../ui/Time";
import { changeText, type EnvironmentState } from "./words";

const FIRST = 5;
const MOST_CHANGES = 6;

/** Every state of the environment, the newest first; any of them can come back. */
export function HistoryList({
  states,
  onBack,
}: {
  states: readonly EnvironmentState[];
  onBack?: ((state: EnvironmentState) => void) | undefined;
}) {
  const [isWhole, setIsWhole] = useState(false);
  const heading = useId();
  const shown = isWhole ? states : states.slice(0, FIRST);
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading} className="mb-2 text-[14px] font-medium text-fg2">{t`History`}</h2>
      <ol className="history-line">
        {shown.map((state) => (
          <li key={state.id} data-current={state.current}>
            <div className="flex items-start gap-3">
              <div className="min-w-0 flex-1">
                <p className="flex flex-wrap items-center gap-x-2 break-words">
                  <span className="font-medium">{state.title}</span>
                  {state.current && <Badge tone="ok">{t`In use`}</Badge>}
                </p>
                <p className="text-[13px] text-fg3">
                  <Trans>
                    {state.by === null ? "" : `${state.by.display_name} · `}
                    <Time at={state.created_at} /> · Python {state.python} ·{" "}
                    {plural(state.packages, { one: "# package", other: "# packages" })}
                  </Trans>
                </p>
                {state.changes.length > 0 && <Changes of={state} />}
              </div>
              {onBack !== undefined && !state.current && (
                <Button
                  size="small"
                  kind="ghost"
                  icon={Undo2}
                  aria-label={t`Go back to: ${state.title}`}
                  title={state.kept ? t`Comes back at once` : t`Is built again from its lock`}
                  onClick={() => onBack(state)}
                >{t`Go back`}</Button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {states.length > FIRST && !isWhole && (
        <Button size="small" kind="ghost" className="mt-1" onClick={() => setIsWhole(true)}>
          {t`Show all ${states.length}`}
        </Button>
      )}
    </section>
  );
}

function Changes({ of }: { of: EnvironmentState }) {
  const rest = of.changes.length - MOST_CHANGES;
  return (
    <ul aria-label={t`What changed`} className="mt-1 flex flex-wrap gap-1">
      {of.changes.slice(0, MOST_CHANGES).map((change) => (
        <li
          key={change.name}
          className="rounded-control bg-panel px-1.5 py-0.5 font-mono text-xs text-fg2 data-[gone=true]:line-through"
        >
          {changeText(change)}
        </li>
      ))}
      {rest > 0 && <li className="px-1 py-0.5 text-xs text-fg3">{t`and ${rest} more`}</li>}
    </ul>
  );
}
