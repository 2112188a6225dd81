import { t } from "@lingui/core/macro";
import { useEffect } from "react";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { Switch } from "../../ui/Switch";
import { useChoices } from "../../wire/choices";

const KEYS = [
  { value: "usual", label: t`Usual` },
  { value: "vim", label: "Vim" },
  { value: "emacs", label: "Emacs" },
] as const;

/** How code is written; each choice acts at once, in every browser of this person. */
export function EditorForm() {
  const { choices, load, change } = useChoices();
  useEffect(load, [load]);
  return (
    <div className="flex max-w-140 flex-col gap-5">
      <Switch
        label={t`Checks and formatting`}
        hint={t`Marks mistakes and unused names while you write, and offers to format code.`}
        checked={choices.checks}
        onChange={(checks) => change({ checks })}
      />
      <Switch
        label={t`Line numbers`}
        checked={choices.line_numbers}
        onChange={(line_numbers) => change({ line_numbers })}
      />
      <Switch
        label={t`Wrap long lines`}
        hint={t`Otherwise they scroll sideways.`}
        checked={choices.wrap}
        onChange={(wrap) => change({ wrap })}
      />
      <Field label={t`Keys`} hint={t`What the keys mean inside an editor.`}>
        <Select
          label={t`Keys`}
          value={choices.keys}
          options={KEYS}
          onChange={(keys) => change({ keys })}
          className="w-48"
        />
      </Field>
    </div>
  );
}
