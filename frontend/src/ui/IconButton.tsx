import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "./cx";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** The name for screen readers, and the tooltip. */
  label: string;
  /** The shortcut, shown in the tooltip, as `["Ctrl", "B"]`. */
  keys?: readonly string[];
  size?: "small" | "medium";
  pressed?: boolean;
  danger?: boolean;
}

/** A square button with an icon only; it always has a name and a tooltip. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  size = "medium",
  pressed,
  danger = false,
  className,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip label={label} {...(keys === undefined ? {} : { keys })}>
      <button
        type={type}
        aria-label={label}
        aria-pressed={pressed}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-control transition-colors duration-100 hover:bg-hover disabled:cursor-not-allowed disabled:opacity-50 data-popup-open:bg-hover data-popup-open:text-fg",
          size === "small" ? "size-6 pointer-coarse:size-10" : "size-8 pointer-coarse:size-10",
          danger ? "text-err" : "text-fg2 hover:text-fg",
          pressed === true && "bg-hover text-fg",
          className,
        )}
        {...rest}
      >
        <Icon size={size === "small" ? 14 : 16} aria-hidden />
      </button>
    </Tooltip>
  );
}
