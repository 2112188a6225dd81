import { Field } from "@base-ui/react/field";
import type { ComponentProps } from "react";
import { cx } from "./cx";
import { CONTROL } from "./Input";

/** Several lines of text. Inside a `Field` it gets its name, hint and error by itself. */
export function TextArea({ code = false, className, ...rest }: ComponentProps<"textarea"> & { code?: boolean }) {
  return (
    <Field.Control
      render={
        <textarea
          spellCheck={!code}
          className={cx(CONTROL, "w-full resize-y px-2.5 py-1.5", code && "font-mono text-[13px] leading-5", className)}
          {...rest}
        />
      }
    />
  );
}
