import { t } from "@lingui/core/macro";
import { useId, useRef, useState, type SyntheticEvent } from "react";
import { isDay, isVariable, LONGEST_OPTION, MOST_OPTIONS } from "../model/inputs";
import type { Control, InputDefinition, When } from "../model/inputs";
import { Button } from "../ui/Button";
import { Checkbox } from "../ui/Checkbox";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Input } from "../ui/Input";
import { Select } from "../ui/Select";
import { TextArea } from "../ui/TextArea";
import { KINDS } from "./kinds";

interface Draft {
  readonly control: Control;
  readonly name: string;
  readonly label: string;
  readonly runs: When;
  readonly lines: boolean;
  readonly min: string;
  readonly max: string;
  readonly step: string;
  readonly options: string;
  readonly held: "here" | "variable";
  readonly variable: string;
}

type Faults = Readonly<Partial<Record<keyof Draft, string>>>;

const RUNS: readonly { value: When; label: string; description: string }[] = [
  { value: "dependants", label: t`Run the cells that use it`, description: t`This cell, and those further down.` },
  { value: "cell", label: t`Only set the variable`, description: t`Other cells keep their results.` },
  { value: "nothing", label: t`Run nothing`, description: t`The kernel gets the value with the next run.` },
];

const HELD: readonly { value: Draft["held"]; label: string; description: string }[] = [
  { value: "here", label: t`Written here`, description: t`The same for everybody until somebody edits them.` },
  {
    value: "variable",
    label: t`In a variable`,
    description: t`A list, a column, the keys of a dict, the names of a table's columns.`,
  },
];

/** What an input is: its variable, its form and what it takes. */
export function InputDialog({
  definition,
  onSave,
  open,
  onOpenChange,
}: {
  definition: InputDefinition;
  onSave: (definition: InputDefinition) => void;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const form = useId();
  const first = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState<Draft>(() => draftOf(definition));
  const [faults, setFaults] = useState<Faults>({});
  const set = (change: Partial<Draft>): void => {
    setDraft({ ...draft, ...change });
    setFaults({});
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const found = definitionOf(draft);
    if ("control" in found) onSave(found);
    else setFaults(found.faults);
  };
  const text = (key: "name" | "label" | "min" | "max" | "step" | "variable", label: string, more: object = {}) => (
    <Field label={label} error={faults[key]}>
      <Input value={draft[key]} onChange={(event) => set({ [key]: event.currentTarget.value })} {...more} />
    </Field>
  );
  const isNumber = draft.control === "number" || draft.control === "slider";
  const field = isNumber ? { inputMode: "decimal" as const } : { type: "date" };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Input`}
      description={t`A form for one variable. Whoever may run can set it, also without editing.`}
      initialFocus={first}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button kind="primary" type="submit" form={form}>{t`Save`}</Button>
        </>
      }
    >
      <form id={form} className="input-define-form" onSubmit={submit} noValidate>
        <div className="input-define-two">
          {text("name", t`Variable`, { ref: first, spellCheck: false, autoComplete: "off", className: "font-mono" })}
          <Field label={t`Kind`}>
            <Select
              label={t`Kind`}
              value={draft.control}
              options={KINDS.map(({ control, title }) => ({ value: control, label: title }))}
              onChange={(control) => set({ control, ...(isNumber ? {} : { min: "", max: "" }) })}
            />
          </Field>
        </div>
        {text("label", t`Name in the form`, { placeholder: draft.name })}
        {(isNumber || draft.control === "date") && (
          <div className={isNumber ? "input-define-three" : "input-define-two"}>
            {text("min", draft.control === "date" ? t`First day` : t`From`, field)}
            {text("max", draft.control === "date" ? t`Last day` : t`To`, field)}
            {isNumber && text("step", t`Step`, { inputMode: "decimal" })}
          </div>
        )}
        {draft.control === "select" && (
          <Field label={t`Options are`}>
            <Select label={t`Options are`} value={draft.held} options={HELD} onChange={(held) => set({ held })} />
          </Field>
        )}
        {draft.control === "select" &&
          draft.held === "variable" &&
          text("variable", t`Variable with the options`, {
            spellCheck: false,
            autoComplete: "off",
            className: "font-mono",
          })}
        {draft.control === "select" && draft.held === "here" && (
          <Field label={t`Options`} hint={t`One in each line. Numbers stay numbers.`} error={faults.options}>
            <TextArea
              code
              rows={5}
              value={draft.options}
              onChange={(event) => set({ options: event.currentTarget.value })}
            />
          </Field>
        )}
        {draft.control === "text" && (
          <div className="-mx-2">
            <Checkbox checked={draft.lines} onChange={(lines) => set({ lines })}>{t`Several lines`}</Checkbox>
          </div>
        )}
        <Field label={t`When the value changes`}>
          <Select
            label={t`When the value changes`}
            value={draft.runs}
            options={RUNS}
            onChange={(runs) => set({ runs })}
          />
        </Field>
      </form>
    </Dialog>
  );
}

function draftOf(definition: InputDefinition): Draft {
  const { control, name, label, runs } = definition;
  const limits = "min" in definition ? definition : { min: null, max: null };
  return {
    control,
    name,
    label,
    runs,
    lines: definition.control === "text" && definition.lines,
    min: limits.min === null ? "" : String(limits.min),
    max: limits.max === null ? "" : String(limits.max),
    step: "step" in definition && definition.step !== null ? String(definition.step) : "",
    options: definition.control === "select" ? definition.options.map(lineOf).join("\n") : "",
    held: definition.control === "select" && definition.variable !== "" ? "variable" : "here",
    variable: definition.control === "select" ? definition.variable : "",
  };
}

/** A text that looks like a number is quoted, so that it stays a text. */
const lineOf = (option: string | number): string =>
  typeof option === "string" && (optionOf(option) !== option || option.trim() !== option)
    ? JSON.stringify(option)
    : String(option);

function optionOf(line: string): string | number {
  const text = line.trim();
  if (/^".*"$/.test(text)) {
    try {
      return String(JSON.parse(text));
    } catch {
      return text;
    }
  }
  return text !== "" && Number.isFinite(Number(text)) && /^-?[\d.]/.test(text) ? Number(text) : text;
}

/** Return the definition, or what is wrong with it, by field. */
export function definitionOf(draft: Draft): InputDefinition | { readonly faults: Faults } {
  const { control, runs, lines } = draft;
  const name = draft.name.trim().normalize("NFKC");
  const label = draft.label.trim();
  const faults: Partial<Record<keyof Draft, string>> = {};
  if (!isVariable(name)) faults.name = t`A Python name: letters, digits and _.`;
  if (label.length > LONGEST_OPTION) faults.label = t`At most ${LONGEST_OPTION} characters.`;
  const common = { name, label: label === name ? "" : label, runs };
  const made = ((): InputDefinition => {
    switch (control) {
      case "text":
        return { ...common, control, lines };
      case "number":
        return { ...common, control, ...numbers(draft, faults) };
      case "slider": {
        const { min, max, step } = numbers(draft, faults);
        if ((min ?? 0) >= (max ?? 100)) faults.max ??= t`Larger than the first.`;
        return { ...common, control, min: min ?? 0, max: max ?? 100, step: step ?? 1 };
      }
      case "date": {
        const [min, max] = [day("min", draft, faults), day("max", draft, faults)];
        if (min !== null && max !== null && min > max) faults.max ??= t`Not before the first.`;
        return { ...common, control, min, max };
      }
      case "select": {
        if (draft.held === "variable") {
          const variable = draft.variable.trim().normalize("NFKC");
          if (!isVariable(variable)) faults.variable = t`The name of a variable, as in regions.`;
          else if (variable === name) faults.variable = t`Another variable than the one that is set.`;
          return { ...common, control, options: [], variable };
        }
        const options = [...new Set(draft.options.split("\n").filter((line) => line.trim() !== ""))].map(optionOf);
        if (options.length === 0) faults.options = t`At least one option.`;
        if (options.length > MOST_OPTIONS) faults.options = t`At most ${MOST_OPTIONS} options.`;
        if (options.some((option) => String(option).length > LONGEST_OPTION))
          faults.options = t`At most ${LONGEST_OPTION} characters in a line.`;
        return { ...common, control, options, variable: "" };
      }
      case "checkbox":
      case "file":
        return { ...common, control };
    }
  })();
  return Object.keys(faults).length === 0 ? made : { faults };
}

type Limits = Pick<Extract<InputDefinition, { control: "number" }>, "min" | "max" | "step">;

function numbers(draft: Draft, faults: Partial<Record<keyof Draft, string>>): Limits {
  const [min, max, step] = (["min", "max", "step"] as const).map((key) => {
    const typed = draft[key].trim();
    const value = Number(typed.replace(",", "."));
    if (typed !== "" && !Number.isFinite(value)) faults[key] = t`A number.`;
    return typed === "" || !Number.isFinite(value) ? null : value;
  }) as [number | null, number | null, number | null];
  if (min !== null && max !== null && min >= max) faults.max ??= t`Larger than the first.`;
  if (step !== null && step <= 0) faults.step ??= t`Above 0.`;
  return { min, max, step };
}

function day(key: "min" | "max", draft: Draft, faults: Partial<Record<keyof Draft, string>>): string | null {
  const typed = draft[key].trim();
  if (typed !== "" && !isDay(typed)) faults[key] = "A date, as in 2026-01-31.";
  return typed === "" || !isDay(typed) ? null : typed;
}
