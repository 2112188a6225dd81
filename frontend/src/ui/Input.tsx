import { Input as Base } from "@base-ui/react/input";
import type { ComponentProps } from "react";
import { cx } from "./cx";

export const CONTROL =
  "rounded-control border border-line3 bg-card text-fg transition-colors duration-100 hover:border-fg3 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 data-invalid:border-err disabled:cursor-not-allowed disabled:bg-panel disabled:text-fg3";

/** A line of text. Inside a `Field` it gets its name, hint and error by itself; alone it needs an `aria-label`. */
export function Input({ tall = false, className, ...rest }: ComponentProps<"input"> & { tall?: boolean }) {
  return <Base className={cx(CONTROL, "w-full px-2.5", tall ? "h-9" : "h-8", className)} {...rest} />;
}
