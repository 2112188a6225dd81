import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./Spinner";

export type ButtonKind = "primary" | "plain" | "ghost" | "danger";

const KINDS: Record<ButtonKind, string> = {
  primary: "bg-primary text-white shadow-low hover:bg-primary-hover",
  plain: "bg-card text-fg border border-line2 shadow-low hover:bg-panel hover:border-line3",
  ghost: "text-fg2 hover:bg-hover hover:text-fg",
  danger: "bg-danger text-white shadow-low hover:bg-danger-hover",
};

const SIZES = {
  small: "h-7 px-2.5 text-[13px] gap-1.5",
  medium: "h-8 px-3 gap-1.5",
  large: "h-10 px-4 text-[15px] gap-2",
};

export interface ButtonProps extends ComponentProps<"button"> {
  kind?: ButtonKind;
  size?: keyof typeof SIZES;
  icon?: LucideIcon;
  /** Shows a spinner and refuses clicks; the button keeps its width. */
  busy?: boolean;
  children?: ReactNode;
}

/** The one button. A page has at most one of the kind `primary` in sight. */
export function Button({
  kind = "plain",
  size = "medium",
  icon: Icon,
  busy = false,
  className,
  children,
  disabled,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cx(
        "relative inline-flex shrink-0 pointer-coarse:min-h-10 pointer-coarse:min-w-10 items-center justify-center rounded-button font-medium whitespace-nowrap transition-colors duration-100 select-none disabled:cursor-not-allowed disabled:opacity-55",
        KINDS[kind],
        SIZES[size],
        className,
      )}
      {...rest}
    >
      {busy ? (
        <Spinner />
      ) : (
        Icon !== undefined && <Icon size={size === "large" ? 18 : 16} aria-hidden className="-ms-0.5 shrink-0" />
      )}
      {children}
    </button>
  );
}
