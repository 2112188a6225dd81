import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { CONTROL } from "./Input";

export interface Option<T extends string> {
  value: T;
  label: string;
  /** One sentence below the name, in the open list only. */
  description?: ReactNode;
  disabled?: boolean;
}

export interface SelectProps<T extends string> {
  /** Of the button, for a `label` element elsewhere. */
  id?: string;
  label: string;
  value: T;
  onChange: (value: T) => void;
  /** The list is about to show. */
  onOpen?: () => void;
  options: readonly Option<T>[];
  disabled?: boolean;
  /** Without a border until it is pointed at, for use inside rows. */
  quiet?: boolean;
  className?: string;
}

/** One of a few. `label` names it for screen readers; show it with a `Field` where there is room. */
export function Select<T extends string>({
  id,
  label,
  value,
  onChange,
  onOpen,
  options,
  disabled = false,
  quiet = false,
  className,
}: SelectProps<T>) {
  return (
    <Base.Root
      items={options.map((option) => ({ value: option.value, label: option.label }))}
      value={value}
      disabled={disabled}
      onOpenChange={(open) => {
        if (open) onOpen?.();
      }}
      onValueChange={(next: T | null, { reason }) => {
        // When options go, the library returns to its first value by itself; only a person chooses.
        if (next !== null && reason !== "none") onChange(next);
      }}
    >
      <Base.Trigger
        {...(id === undefined ? {} : { id })}
        aria-label={label}
        className={cx(
          "inline-flex h-8 pointer-coarse:h-10 items-center justify-between gap-1.5 text-start select-none",
          quiet
            ? "rounded-control px-2 text-fg2 hover:bg-hover hover:text-fg data-popup-open:bg-hover"
            : cx(CONTROL, "pe-2 ps-2.5"),
          className,
        )}
      >
        <Base.Value className="truncate" />
        <Base.Icon className="text-fg3">
          <ChevronDown size={16} aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={quiet ? "end" : "start"} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="pop-motion max-h-(--available-height) max-w-88 min-w-(--anchor-width) overflow-y-auto rounded-card bg-card p-1 shadow-pop outline-none">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled === true}
                className="flex min-h-8 items-start gap-2.5 rounded-control px-2 py-1.5 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover"
              >
                <span className="min-w-0 flex-1">
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.description !== undefined && (
                    <span className="block text-xs text-fg3">{option.description}</span>
                  )}
                </span>
                <Base.ItemIndicator className="mt-0.5 text-accent">
                  <Check size={16} aria-hidden />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
