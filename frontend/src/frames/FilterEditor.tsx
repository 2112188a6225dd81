/** Edits one column's filter, with the controls that fit its kind. */
import { t } from "@lingui/core/macro";
import { useEffect, useState, type SubmitEvent, type ReactElement } from "react";
import { Button } from "../ui/Button";
import { Checkbox } from "../ui/Checkbox";
import { Input } from "../ui/Input";
import { Select } from "../ui/Select";
import type { Cell, Column } from "./bundle";
import { figure, grouped, isNumeric } from "./format";
import { operationsFor, operationWord, valuesNeeded, type Filter, type Operation } from "./view";

/** Gets a column's most frequent values with their counts. */
export type ValuesOf = (column: Column) => Promise<readonly (readonly [Cell, number])[]>;

export interface FilterEditorProps {
  column: Column;
  valuesOf: ValuesOf | null;
  filter: Filter | null;
  onFilter: (filter: Filter | null) => void;
}

export function FilterEditor({ column, valuesOf, filter, onFilter }: FilterEditorProps): ReactElement {
  const operations = operationsFor(column.kind);
  const [loaded, setLoaded] = useState<readonly (readonly [Cell, number])[] | null>(null);
  const top = (loaded ?? column.profile?.top ?? []).flatMap(([cell, count]) =>
    typeof cell === "string" ? [{ cell, count }] : [],
  );
  const first =
    filter?.operation ?? (column.kind === "text" && isFewValued(column) ? "in" : operations[0]) ?? "present";
  const [operation, setOperation] = useState<Operation>(first);
  const [values, setValues] = useState<readonly string[]>(filter?.values ?? []);
  const isSet = operation === "in" || operation === "not in";
  useEffect(() => {
    if (!isSet || valuesOf === null) return undefined;
    let isOver = false;
    valuesOf(column).then(
      (values) => {
        if (!isOver) setLoaded(values);
      },
      () => undefined, // those of the profile stay
    );
    return () => {
      isOver = true;
    };
  }, [isSet, column, valuesOf]);
  const needed = valuesNeeded(operation);
  const given = isSet ? values : values.slice(0, needed);
  const isReady = isSet ? values.length > 0 : given.length === needed && given.every((value) => value.trim() !== "");

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isReady) onFilter({ column: column.at, operation, values: [...given] });
  };
  const setValue = (place: number, value: string): void =>
    setValues((now) =>
      Array.from({ length: Math.max(now.length, place + 1) }, (_, at) => (at === place ? value : (now[at] ?? ""))),
    );

  return (
    <form className="fr-filter" onSubmit={submit}>
      <p className="fr-filter-name">{column.name === "" ? t`Values` : column.name}</p>
      <Select
        label={t`Condition`}
        value={operation}
        onChange={setOperation}
        options={operations.map((each) => ({ value: each, label: operationWord(each, column.kind) }))}
        className="w-full"
      />
      {isSet && top.length > 0 && (
        <div className="fr-filter-set" role="group" aria-label={t`Values`}>
          {top.map(({ cell, count }) => (
            <Checkbox
              key={cell}
              checked={values.includes(cell)}
              onChange={(on) => setValues(on ? [...values, cell] : values.filter((value) => value !== cell))}
            >
              <bdi className="fr-filter-choice">{cell === "" ? t`empty text` : cell}</bdi>
              <span className="fr-filter-count">{grouped(String(count))}</span>
            </Checkbox>
          ))}
        </div>
      )}
      {isSet && (
        <Input
          aria-label={t`Other values, with commas between`}
          placeholder={t`Others, with commas between`}
          defaultValue={values.filter((value) => top.every(({ cell }) => cell !== value)).join(", ")}
          onChange={(event) => {
            const others = event.target.value
              .split(",")
              .map((part) => part.trim())
              .filter((part) => part !== "");
            setValues([...values.filter((value) => top.some(({ cell }) => cell === value)), ...others]);
          }}
        />
      )}
      {!isSet && column.kind === "boolean" && operation === "=" && (
        <Select
          label={t`Value`}
          value={values[0] === "False" ? "False" : "True"}
          onChange={(value) => setValues([value])}
          options={[
            { value: "True", label: "True" },
            { value: "False", label: "False" },
          ]}
          className="w-full"
        />
      )}
      {!isSet && column.kind !== "boolean" && needed > 0 && (
        <div className="fr-filter-values">
          {Array.from({ length: needed }, (_, place) => (
            <Input
              key={place}
              aria-label={needed === 2 ? (place === 0 ? t`From` : t`To`) : t`Value`}
              autoFocus={place === 0} // eslint-disable-line jsx-a11y/no-autofocus -- the person opened this to type
              value={values[place] ?? ""}
              type={inputType(column)}
              inputMode={isNumeric(column.kind) ? "decimal" : undefined}
              step={column.kind === "datetime" ? 1 : undefined}
              placeholder={placeholder(column, place)}
              onChange={(event) => setValue(place, event.target.value.replace("T", isDated(column) ? " " : "T"))}
            />
          ))}
        </div>
      )}
      <div className="fr-filter-ends">
        <Button size="small" kind="ghost" disabled={filter === null} onClick={() => onFilter(null)}>{t`Remove`}</Button>
        <Button
          size="small"
          kind="primary"
          type="submit"
          disabled={!isReady && !(column.kind === "boolean" && operation === "=")}
          onClick={(event) => {
            if (column.kind !== "boolean" || operation !== "=") return;
            event.preventDefault();
            onFilter({ column: column.at, operation, values: [values[0] ?? "True"] });
          }}
        >{t`Apply`}</Button>
      </div>
    </form>
  );
}

const isDated = (column: Column): boolean => column.kind === "date" || column.kind === "datetime";

function isFewValued(column: Column): boolean {
  const different = column.profile?.different ?? null;
  return different !== null && different <= 8;
}

function inputType(column: Column): string {
  if (column.kind === "date") return "date";
  if (column.kind === "datetime") return "datetime-local";
  return column.kind === "time" ? "time" : "text";
}

function placeholder(column: Column, place: number): string {
  const end = place === 0 ? column.profile?.min : column.profile?.max;
  if (column.kind === "duration") return "1 days 02:00:00";
  return end == null ? "" : figure(end, column.kind);
}
