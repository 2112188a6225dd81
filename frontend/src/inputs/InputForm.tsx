import { t } from "@lingui/core/macro";
import { Settings2 } from "lucide-react";
import { memo, type KeyboardEvent, type ReactNode } from "react";
import type { InputDefinition, InputValue } from "../model/inputs";
import type { Run } from "../model/run";
import { momentText } from "../model/time";
import { assertNever } from "../wire/assertNever";
import { Dot } from "../ui/Dot";
import { IconButton } from "../ui/IconButton";
import {
  CheckboxControl,
  DateControl,
  FileControl,
  NumberControl,
  SelectControl,
  SliderControl,
  TextControl,
  type AnyControlProps,
} from "./controls";
import type { ListFolder } from "./FilePicker";
import type { Held } from "./status";
import "./inputs.css";

export interface InputFormProps {
  cell: string;
  definition: InputDefinition;
  value: InputValue;
  run: Run | null;
  held: Held;
  listFolder: ListFolder | null;
  readOptions: AnyControlProps["readOptions"];
  /** Why the value cannot be set by this person now; null if it can. */
  locked: string | null;
  onChange: (value: InputValue) => Promise<boolean>;
  /** Gives the value to a kernel; null for those who may not. */
  onRun: (() => void) | null;
  /** Opens the definition; null for those who may not edit. */
  onDefine: (() => void) | null;
  onLeave: () => void;
  people: ReactNode;
  isActive: boolean;
}

/** An input cell as a form: its name, its control, and whether the kernel has its value. */
export const InputForm = memo(function InputForm(props: InputFormProps) {
  const { cell, definition, value, locked, listFolder, readOptions, onChange, onDefine, onLeave, people, isActive } =
    props;
  const id = `input-${cell}`;
  const label = definition.label === "" ? definition.name : definition.label;
  const control = { id, label, value, disabled: locked !== null, listFolder, readOptions, onChange };
  const isCheckbox = definition.control === "checkbox";
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    onLeave();
  };
  return (
    // Escape leaves the control for the list of cells, as it leaves an editor.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="cell-card input-card" title={locked ?? undefined} onKeyDown={leave}>
      <div className="input-head">
        {!isCheckbox && (
          <label htmlFor={id} className="input-label">
            {label}
          </label>
        )}
        {isCheckbox && <Control {...control} definition={definition} />}
        {label !== definition.name && <code className="input-name">{definition.name}</code>}
        {onDefine !== null && (
          <IconButton
            size="small"
            icon={Settings2}
            label={t`Edit this input`}
            className="input-define"
            tabIndex={isActive ? 0 : -1}
            onClick={onDefine}
          />
        )}
      </div>
      {!isCheckbox && <Control {...control} definition={definition} />}
      <div className="input-foot">
        <Status {...props} />
        {people}
      </div>
    </div>
  );
});

function Control(props: Omit<AnyControlProps, "definition"> & { definition: InputDefinition }) {
  const { definition, ...rest } = props;
  switch (definition.control) {
    case "text":
      return <TextControl {...rest} definition={definition} />;
    case "number":
      return <NumberControl {...rest} definition={definition} />;
    case "slider":
      return <SliderControl {...rest} definition={definition} />;
    case "date":
      return <DateControl {...rest} definition={definition} />;
    case "select":
      return <SelectControl {...rest} definition={definition} />;
    case "checkbox":
      return <CheckboxControl {...rest} definition={definition} />;
    case "file":
      return <FileControl {...rest} definition={definition} />;
    default:
      return assertNever(definition);
  }
}

function Status({ held, run, onRun, isActive }: InputFormProps) {
  switch (held) {
    case "setting":
      return (
        <span className="input-status">
          <Dot tone="busy" /> {t`Setting…`}
        </span>
      );
    case "held":
      return (
        <span className="input-status">
          <Dot tone="ok" />
          {run !== null && run.byName !== "" ? t`Set by ${run.byName}` : t`Set`}
          {run?.ended != null && <time dateTime={run.ended}>{momentText(run.ended, new Date())}</time>}
        </span>
      );
    case "failed":
      return (
        <span className="input-status" data-tone="err">
          <Dot tone="err" /> {t`Could not be set`}
        </span>
      );
    case "behind":
    case "none":
      return (
        <span className="input-status" data-tone={held === "behind" ? "warn" : undefined}>
          <Dot tone={held === "behind" ? "warn" : "off"} />
          {held === "behind" ? t`The kernel does not have this value yet` : t`No kernel has this value yet`}
          {onRun !== null && (
            <button
              type="button"
              className="cell-link"
              tabIndex={isActive ? 0 : -1}
              onClick={onRun}
            >{t`Set it now`}</button>
          )}
        </span>
      );
    default:
      return assertNever(held);
  }
}
