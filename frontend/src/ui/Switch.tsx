import { Switch as Base } from "@base-ui/react/switch";
import { useId, type ReactNode } from "react";

export interface SwitchProps {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** A setting that acts at once, with its name and a sentence on what it means. */
export function Switch({ label, hint, checked, onChange, disabled = false }: SwitchProps) {
  const name = useId();
  const description = useId();
  return (
    <div className="flex items-start justify-between gap-6">
      <div className="min-w-0">
        <div id={name} className="font-medium">
          {label}
        </div>
        {hint !== undefined && (
          <div id={description} className="text-[13px] text-fg2">
            {hint}
          </div>
        )}
      </div>
      <Base.Root
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next)}
        aria-labelledby={name}
        aria-describedby={hint === undefined ? undefined : description}
        className="relative mt-0.5 inline-flex h-6 w-10 shrink-0 rounded-full border border-line3 bg-panel p-[3px] transition-colors duration-120 disabled:opacity-50 data-checked:border-primary data-checked:bg-primary"
      >
        <Base.Thumb className="size-4 rounded-full bg-line3 transition-transform duration-120 data-checked:translate-x-4 data-checked:bg-white" />
      </Base.Root>
    </div>
  );
}
