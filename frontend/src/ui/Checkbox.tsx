import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check } from "lucide-react";
import type { ReactNode } from "react";

export interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  children: ReactNode;
}

/** One of several that may be chosen; the whole line can be clicked. */
export function Checkbox({ checked, onChange, disabled = false, children }: CheckboxProps) {
  return (
    <label className="flex min-h-8 cursor-pointer items-center gap-2.5 rounded-control px-2 py-1 hover:bg-hover">
      <Base.Root
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next)}
        className="inline-flex size-4 shrink-0 items-center justify-center rounded-[4px] border border-line3 bg-card data-checked:border-primary data-checked:bg-primary"
      >
        <Base.Indicator className="text-white">
          <Check size={12} strokeWidth={3} aria-hidden />
        </Base.Indicator>
      </Base.Root>
      <span className="flex min-w-0 flex-1 items-center gap-2">{children}</span>
    </label>
  );
}
