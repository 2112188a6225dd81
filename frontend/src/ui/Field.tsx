import { Field as Base } from "@base-ui/react/field";
import type { ReactNode } from "react";

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong and what to do; shown beside the control and read out with it. */
  error?: string | null | undefined;
  children: ReactNode;
}

/** A control with its name above and its hint or error below. */
export function Field({ label, hint, error, children }: FieldProps) {
  const wrong = error !== null && error !== undefined && error !== "";
  return (
    <Base.Root invalid={wrong} className="flex flex-col gap-1.5">
      <Base.Label className="text-[13px] font-medium">{label}</Base.Label>
      {children}
      {hint !== undefined && !wrong && <Base.Description className="text-[13px] text-fg3">{hint}</Base.Description>}
      {wrong && (
        <Base.Error match className="text-[13px] text-err">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}
