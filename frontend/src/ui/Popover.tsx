import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx";

export interface PopoverProps {
  /** The button that opens it. */
  trigger: ReactElement;
  /** What it is, for screen readers. */
  label: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  align?: "start" | "center" | "end";
  className?: string;
  children: ReactNode;
}

/** A panel under a button, for more than a list of commands. Escape and a click beside it close it. */
export function Popover({ trigger, label, open, onOpenChange, align = "end", className, children }: PopoverProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner
          align={align}
          sideOffset={6}
          collisionPadding={12}
          collisionAvoidance={{ side: "none", align: "shift" }}
          className="z-30"
        >
          <Base.Popup
            aria-label={label}
            className={cx(
              "pop-motion max-h-(--available-height) max-w-[calc(100vw-24px)] overflow-y-auto rounded-[14px] bg-card shadow-pop outline-none",
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
