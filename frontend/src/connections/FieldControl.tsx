import { t } from "@lingui/core/macro";
import { Field as Labelled } from "../ui/Field";
import { Input } from "../ui/Input";
import { Select } from "../ui/Select";
import { Switch } from "../ui/Switch";
import { TextArea } from "../ui/TextArea";
import type { Field, Value } from "./draft";

export interface FieldControlProps {
  field: Field;
  value: Value;
  /** A secret that is stored already: it is kept while nothing is typed. */
  isSet: boolean;
  error: string | null;
  onChange: (value: Value) => void;
}

/** The control of one field, as its kind declares it. Secrets are typed blind and never shown again. */
export function FieldControl({ field, value, isSet, error, onChange }: FieldControlProps) {
  const { label, placeholder } = field;
  if (field.type === "switch")
    return (
      <Switch
        label={label}
        hint={field.help || undefined}
        checked={value === true}
        onChange={(next) => onChange(next)}
      />
    );
  const hint = isSet ? t`It is set. Leave this empty to keep it.` : field.help || undefined;
  const name = field.required ? label : t`${label} (optional)`;
  if (field.type === "choice")
    return (
      <Labelled label={label} hint={hint} error={error}>
        <Select
          label={label}
          className="w-full"
          value={String(value)}
          onChange={onChange}
          options={field.choices.map((choice) => ({ value: choice.value, label: choice.label }))}
        />
      </Labelled>
    );
  const shared = {
    value: String(value),
    placeholder: isSet ? "••••••••" : placeholder,
    spellCheck: false,
    autoComplete: field.secret ? "new-password" : "off",
  };
  return (
    <Labelled label={name} hint={hint} error={error}>
      {field.type === "long_text" ? (
        <TextArea code rows={3} {...shared} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input
          {...shared}
          type={field.secret ? "password" : "text"}
          inputMode={field.type === "port" ? "numeric" : undefined}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Labelled>
  );
}
