/** Above the text of a cell of SQL: where it asks, under which name the answer is kept, how many rows are fetched. */

import { currentLocale } from "../i18n/start";
import { t } from "@lingui/core/macro";
import { CornerDownRight, Table2 } from "lucide-react";
import { useState } from "react";
import { isResultName, ROW_LIMITS, type SqlCell } from "../model/sql";
import { Badge } from "../ui/Badge";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { Select } from "../ui/Select";
import "./sql.css";

export interface Database {
  readonly id: string;
  readonly name: string;
  /** What its kind is called, as "PostgreSQL". */
  readonly kind: string;
}

/** What stands in the list for the tables in the kernel. */
const FRAMES = "frames";
const numbers = new Intl.NumberFormat(currentLocale());

export function SqlBar({
  sql,
  databases,
  canEdit,
  onChange,
  onTables,
}: {
  sql: SqlCell;
  /** Null while the list is on its way. */
  databases: readonly Database[] | null;
  canEdit: boolean;
  onChange: (change: Partial<SqlCell>) => void;
  /** Shows the tables that the cell can ask; null for people who may not see them. */
  onTables: (() => void) | null;
}) {
  const isGone =
    sql.connection !== null && databases !== null && !databases.some((database) => database.id === sql.connection);
  const options = [
    { value: FRAMES, label: t`DataFrames`, description: t`The kernel's tables and the project's files, by DuckDB` },
    ...(databases ?? []).map(({ id, name, kind }) => ({ value: id, label: name, description: kind })),
    ...(sql.connection !== null && (isGone || databases === null)
      ? [{ value: sql.connection, label: isGone ? t`A connection that is gone` : "…", disabled: true }]
      : []),
  ];
  return (
    <div className="sql-bar" role="group" aria-label="SQL">
      <Badge tone="accent">{t`SQL`}</Badge>
      <Select
        quiet
        className="sql-pick"
        label={t`Connection`}
        value={sql.connection ?? FRAMES}
        options={options}
        disabled={!canEdit}
        onChange={(value) => onChange({ connection: value === FRAMES ? null : value })}
      />
      {onTables !== null && <IconButton icon={Table2} size="small" label={t`Show the tables`} onClick={onTables} />}
      {isGone && <span className="sql-gone">{t`Choose another connection.`}</span>}
      <ResultName
        key={sql.result ?? ""}
        name={sql.result}
        canEdit={canEdit}
        onChange={(result) => onChange({ result })}
      />
      <Select
        quiet
        className="sql-pick"
        label={t`Rows to fetch`}
        value={String(sql.rows)}
        options={rowOptions(sql.rows)}
        disabled={!canEdit}
        onChange={(value) => onChange({ rows: Number(value) })}
      />
    </div>
  );
}

function rowOptions(now: number): { value: string; label: string }[] {
  const limits = ROW_LIMITS.includes(now)
    ? ROW_LIMITS
    : [...ROW_LIMITS, now].sort((a, b) => (a || Infinity) - (b || Infinity));
  return limits.map((limit) => ({
    value: String(limit),
    label: limit === 0 ? t`All rows` : t`${numbers.format(limit)} rows`,
  }));
}

/** The variable of the result. What can be no name is not taken, and the field says so. */
function ResultName({
  name,
  canEdit,
  onChange,
}: {
  name: string | null;
  canEdit: boolean;
  onChange: (name: string | null) => void;
}) {
  const [text, setText] = useState(name ?? "");
  const isWrong = text.trim() !== "" && !isResultName(text.trim());
  const take = (): void => {
    const wanted = text.trim();
    if (isWrong || wanted === (name ?? "")) setText(isWrong ? (name ?? "") : wanted);
    else onChange(wanted === "" ? null : wanted);
  };
  return (
    <span className="sql-result" title={t`The variable that the result becomes, for Python and for other cells of SQL`}>
      <CornerDownRight size={14} aria-hidden />
      <Input
        aria-label={t`Name of the result`}
        aria-invalid={isWrong || undefined}
        className="sql-name"
        value={text}
        placeholder={t`no name`}
        spellCheck={false}
        disabled={!canEdit}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
          if (event.key === "Escape") setText(name ?? "");
          // The keys of the notebook are for its cells.
          if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
        }}
      />
    </span>
  );
}
