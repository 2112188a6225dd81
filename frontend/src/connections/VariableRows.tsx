import { t } from "@lingui/core/macro";
import { Plus, X } from "lucide-react";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import type { Row } from "./draft";

/** Secret environment variables: a name and a value each; what is set shows its name alone. */
export function VariableRows({
  rows,
  error,
  onChange,
}: {
  rows: readonly Row[];
  error: string | null;
  onChange: (rows: readonly Row[]) => void;
}) {
  const put = (index: number, part: Partial<Row>): void =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset>
      <legend className="mb-1.5 text-[13px] font-medium">{t`Variables`}</legend>
      <ul className="space-y-2">
        {rows.map((row, index) => (
          <li key={row.isSet ? row.name : index} className="flex gap-2">
            <Input
              aria-label={t`Name of variable ${index + 1}`}
              className="font-mono text-[13px]"
              placeholder={t`API_KEY`}
              spellCheck={false}
              autoComplete="off"
              disabled={row.isSet}
              value={row.name}
              onChange={(event) => put(index, { name: event.target.value.trim() })}
            />
            <Input
              aria-label={t`Value of ${row.name || t`variable ${index + 1}`}`}
              type="password"
              autoComplete="new-password"
              placeholder={row.isSet ? t`•••••••• set, type to replace` : t`Value`}
              value={row.value}
              onChange={(event) => put(index, { value: event.target.value })}
            />
            <IconButton
              icon={X}
              label={t`Remove ${row.name || t`variable ${index + 1}`}`}
              onClick={() => onChange(rows.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ul>
      {error !== null && (
        <p role="alert" className="mt-1.5 text-[13px] text-err">
          {error}
        </p>
      )}
      <Button
        size="small"
        icon={Plus}
        className="mt-2"
        onClick={() => onChange([...rows, { name: "", value: "", isSet: false }])}
      >{t`Add a variable`}</Button>
    </fieldset>
  );
}
