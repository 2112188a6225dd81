/** Under the result of a cell of SQL: how many rows, how long it took, what it used, and the rest of the rows. */

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button } from "../ui/Button";
import { milliseconds, outcomeOf, readRun, summaryOf } from "./report";
import "./sql.css";

export function SqlReport({ value, onFetchAll }: { value: unknown; onFetchAll: (() => void) | null }) {
  const run = readRun(value);
  if (run === null) return null;
  const names = run.result !== null && (
    <>
      <Trans>
        in <code>{run.result}</code>
      </Trans>
    </>
  );
  return (
    <div className="sql-report" role="note" aria-label={t`About this query`}>
      <span>
        {summaryOf(run)} {names}
      </span>
      <span className="figures">{milliseconds(run.ms)}</span>
      {run.connection !== "" && <span>{run.connection}</span>}
      {run.uses.length > 0 && <span>{t`builds on ${run.uses.join(", ")}`}</span>}
      {run.partial.length > 0 && (
        <span className="sql-warn">{t`${run.partial.join(", ")} holds only the first rows of its query`}</span>
      )}
      {run.isPartial && onFetchAll !== null && (
        <Button size="small" kind="ghost" onClick={onFetchAll}>{t`Fetch all`}</Button>
      )}
      {run.statements.length > 1 && (
        <details className="sql-statements">
          <summary>{t`${run.statements.length} statements`}</summary>
          <ol>
            {run.statements.map((each, index) => (
              <li key={index}>
                <code>{each.statement === "" ? "…" : each.statement}</code> {outcomeOf(each)}{" "}
                <span className="figures">{milliseconds(each.ms)}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
