/** The controls of the form, one for each kind of input. Each shows the value and hands on another one when it is meant. */

import { t } from "@lingui/core/macro";
import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import type { InputDefinition, InputOption, InputValue } from "../model/inputs";
import { cx } from "../ui/cx";
import { CONTROL, Input } from "../ui/Input";
import { Select, type Option } from "../ui/Select";
import { TextArea } from "../ui/TextArea";
import { reasonOf } from "../wire/http";
import { FilePicker, type ListFolder } from "./FilePicker";

const KEYS_REST_MS = 250;

interface ControlProps<C extends InputDefinition["control"]> {
  id: string;
  label: string;
  definition: Extract<InputDefinition, { control: C }>;
  value: InputValue;
  disabled: boolean;
  /** Reads the project's folders; null while the project is not known. */
  listFolder: ListFolder | null;
  /** Asks the kernel for the options of a select; null where this person may not, or there is no connection. */
  readOptions: (() => Promise<readonly InputOption[]>) | null;
  /** Says whether the value was taken; one that was not shows the old value again. */
  onChange: (value: InputValue) => Promise<boolean>;
}

export type AnyControlProps = ControlProps<InputDefinition["control"]>;

/** What is typed or dragged but not yet meant; null while the control shows the value. */
function useDraft<T extends InputValue>(onChange: (value: T) => Promise<boolean>, value: InputValue) {
  const [draft, setDraft] = useState<T | null>(null);
  const commit = (next: T): void => {
    if (next === value) setDraft(null);
    else void onChange(next).then(() => setDraft(null));
  };
  return { draft, setDraft, commit };
}

/** The native event: of a slider it comes when it is let go, of a field when it is left. */
function useCommitted(element: RefObject<HTMLInputElement | null>, onCommit: () => void): void {
  const latest = useRef(onCommit);
  useEffect(() => {
    latest.current = onCommit;
  });
  useEffect(() => {
    const target = element.current;
    const listen = (): void => latest.current();
    target?.addEventListener("change", listen);
    return () => target?.removeEventListener("change", listen);
  }, [element]);
}

export function TextControl({ id, definition, value, disabled, onChange }: ControlProps<"text">) {
  const { draft, setDraft, commit } = useDraft<string>(onChange, value);
  const shown = draft ?? String(value);
  const field = {
    id,
    value: shown,
    disabled,
    maxLength: 10_000,
    onBlur: () => draft !== null && commit(draft),
    onKeyDown: (event: KeyboardEvent) => {
      const means = definition.lines ? event.ctrlKey || event.metaKey || event.shiftKey : true;
      if (event.key !== "Enter" || !means || event.nativeEvent.isComposing) return;
      event.preventDefault();
      commit(shown);
    },
  };
  return definition.lines ? (
    <TextArea {...field} rows={3} onChange={(event) => setDraft(event.currentTarget.value)} />
  ) : (
    <Input {...field} spellCheck={false} onChange={(event) => setDraft(event.currentTarget.value)} />
  );
}

export function FileControl({ id, value, disabled, listFolder, onChange }: ControlProps<"file">) {
  const { draft, setDraft, commit } = useDraft<string>(onChange, value);
  const shown = draft ?? String(value);
  return (
    <div className="input-file">
      <Input
        id={id}
        value={shown}
        disabled={disabled}
        spellCheck={false}
        placeholder={t`data/table.csv`}
        className="font-mono text-[13px]"
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={() => draft !== null && commit(draft)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(shown);
        }}
      />
      {listFolder !== null && (
        <FilePicker
          list={listFolder}
          disabled={disabled}
          onPick={(path) => {
            setDraft(path);
            commit(path);
          }}
        />
      )}
    </div>
  );
}

export function NumberControl({ id, definition, value, disabled, onChange }: ControlProps<"number">) {
  const element = useRef<HTMLInputElement>(null);
  const { draft, setDraft, commit } = useDraft<number>(onChange, value);
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? String(draft ?? value);
  const wrong = typed === null ? null : wrongNumber(definition, typed);
  useCommitted(element, () => {
    if (typed === null || wrong !== null) return;
    setTyped(null);
    setDraft(Number(typed));
    commit(Number(typed));
  });
  return (
    <>
      <input
        ref={element}
        id={id}
        type="number"
        className={cx(CONTROL, "h-8 w-44 px-2.5 tabular-nums")}
        data-invalid={wrong !== null || undefined}
        aria-invalid={wrong !== null || undefined}
        aria-describedby={wrong !== null ? `${id}-wrong` : undefined}
        value={shown}
        min={definition.min ?? undefined}
        max={definition.max ?? undefined}
        step={definition.step ?? "any"}
        disabled={disabled}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => wrong !== null && setTyped(null)}
      />
      {wrong !== null && (
        <span id={`${id}-wrong`} role="status" className="input-wrong">
          {wrong}
        </span>
      )}
    </>
  );
}

function wrongNumber({ min, max, step }: ControlProps<"number">["definition"], typed: string): string | null {
  const value = typed.trim() === "" ? NaN : Number(typed);
  if (!Number.isFinite(value)) return t`Type a number.`;
  if (min !== null && value < min) return t`At least ${min}.`;
  if (max !== null && value > max) return t`At most ${max}.`;
  const counts = [min, step].every((each) => each === null || Number.isInteger(each));
  return step !== null && counts && !Number.isInteger(value) ? t`A whole number.` : null;
}

export function SliderControl({ id, definition, value, disabled, onChange }: ControlProps<"slider">) {
  const element = useRef<HTMLInputElement>(null);
  const rest = useRef<ReturnType<typeof setTimeout> | null>(null);
  const { draft, setDraft, commit } = useDraft<number>(onChange, value);
  const { min, max, step } = definition;
  const shown = draft ?? Number(value);
  useEffect(
    () => () => {
      if (rest.current !== null) clearTimeout(rest.current);
    },
    [],
  );
  useCommitted(element, () => {
    const next = Number(element.current?.value);
    if (rest.current !== null) clearTimeout(rest.current);
    // Arrow keys that are held down mean where they end.
    rest.current = setTimeout(() => commit(next), KEYS_REST_MS);
  });
  const share = max > min ? Math.min(1, Math.max(0, (shown - min) / (max - min))) : 0;
  return (
    <div className="input-slider">
      <input
        ref={element}
        id={id}
        type="range"
        value={shown}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        style={{ "--share": `${share * 100}%` } as React.CSSProperties}
        onChange={(event) => setDraft(Number(event.currentTarget.value))}
      />
      <output htmlFor={id}>{sliderText(shown, step)}</output>
    </div>
  );
}

/** As many digits as the step has, so that the number does not jump about; more where the value has more. */
export function sliderText(value: number, step: number): string {
  const digits = /\.(\d+)$/.exec(String(step))?.[1]?.length ?? 0;
  const even = value.toFixed(Math.min(10, digits));
  return Number(even) === value ? even : String(value);
}

export function DateControl({ id, definition, value, disabled, onChange }: ControlProps<"date">) {
  const { draft, setDraft, commit } = useDraft<string>(onChange, value);
  const { min, max } = definition;
  const isIn = (day: string): boolean => day !== "" && (min === null || day >= min) && (max === null || day <= max);
  return (
    <input
      id={id}
      type="date"
      className={cx(CONTROL, "h-8 w-44 px-2.5 tabular-nums")}
      value={draft ?? String(value)}
      min={min ?? undefined}
      max={max ?? "9999-12-31"}
      disabled={disabled}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => {
        if (draft !== null && isIn(draft)) commit(draft);
        else setDraft(null);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && draft !== null && isIn(draft)) commit(draft);
      }}
    />
  );
}

/** What a select offers, and in words why that may not be all. */
interface Offer {
  readonly options: readonly InputOption[];
  readonly note: string | null;
}

/** The options of a definition; those in a variable are asked for whenever the list opens. */
function useOffer({ definition, readOptions }: Pick<ControlProps<"select">, "definition" | "readOptions">) {
  const { variable } = definition;
  const [asked, setAsked] = useState<{ of: string; offer: Offer }>({ of: "", offer: { options: [], note: null } });
  const ask = (): void => {
    if (variable === "" || readOptions === null) return;
    const put = (offer: (before: Offer) => Offer): void =>
      setAsked((now) => ({
        of: variable,
        offer: offer(now.of === variable ? now.offer : { options: [], note: null }),
      }));
    put((before) => ({ ...before, note: before.options.length === 0 ? t`Asking the kernel…` : null }));
    readOptions().then(
      (options) => put(() => ({ options, note: null })),
      (error: unknown) => put((before) => ({ ...before, note: reasonOf(error) })),
    );
  };
  if (variable === "") return { offer: { options: definition.options, note: null }, ask };
  return { offer: asked.of === variable ? asked.offer : { options: [], note: null }, ask };
}

export function SelectControl(props: ControlProps<"select">) {
  const { id, label, value, disabled, onChange } = props;
  const { draft, setDraft, commit } = useDraft<InputOption>(onChange, value);
  const { offer, ask } = useOffer(props);
  const shown = draft ?? value;
  const keys = offer.options.map((option) => JSON.stringify(option));
  const here = JSON.stringify(shown);
  const set = JSON.stringify(value);
  const options: Option<string>[] = (keys.includes(set) ? keys : [set, ...keys]).map((key) => ({
    value: key,
    label: String(JSON.parse(key)) || t`nothing chosen`,
    disabled: !keys.includes(key),
  }));
  if (offer.note !== null) options.push({ value: "", label: offer.note, disabled: true });
  return (
    <Select
      id={id}
      label={label}
      value={here}
      options={options}
      disabled={disabled}
      onOpen={ask}
      className="min-w-44 max-w-full"
      onChange={(key) => {
        const next = JSON.parse(key) as InputOption;
        setDraft(next);
        commit(next);
      }}
    />
  );
}

export function CheckboxControl({ id, label, value, disabled, onChange }: ControlProps<"checkbox">) {
  const { draft, setDraft, commit } = useDraft<boolean>(onChange, value);
  return (
    <label className="input-checkbox">
      <input
        id={id}
        type="checkbox"
        checked={(draft ?? value) === true}
        disabled={disabled}
        onChange={(event) => {
          setDraft(event.currentTarget.checked);
          commit(event.currentTarget.checked);
        }}
      />
      {label}
    </label>
  );
}
