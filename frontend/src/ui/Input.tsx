import { Input as Base } from "@base-ui/react/input";
import type { ComponentProps } from "react";
import { cx } from "./cx";

export const CONTROL =
  "rounded-control border border-line3 bg-card text-fg transition-colors duration-100 hover:border-fg3 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 data-invalid:border-err disabled:cursor-not-allowed disabled:bg-panel disabled:text-fg3";

/** A line of text. Inside a `Field` it gets its name, hint and error by itself; alone it needs an `aria-label`. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <Base className={cx(CONTROL, "h-8 w-full px-2.5", className)} {...rest} />;
}
