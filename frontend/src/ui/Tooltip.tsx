import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Kbd } from "./Kbd";

export interface TooltipProps {
  label: ReactNode;
  keys?: readonly string[];
  side?: "top" | "bottom" | "left" | "right";
  /** One element that takes a ref and the events of a trigger. */
  children: ReactElement;
}

/** A short hint on hover and focus. It repeats or adds to a visible name and never carries the only one. */
export function Tooltip({ label, keys, side = "bottom", children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="pop-motion flex max-w-72 items-center gap-2 rounded-control bg-fg px-2 py-1 text-xs text-bg">
            {label}
            {keys !== undefined && <Kbd keys={keys} inverse />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Once around the application: after the first tooltip its neighbours open at once. */
export function TooltipGroup({ children }: { children: ReactNode }) {
  return <Base.Provider delay={500}>{children}</Base.Provider>;
}
