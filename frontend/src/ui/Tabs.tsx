import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface TabsProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: ReactNode; panel: ReactNode }[];
  className?: string;
  panelClassName?: string;
}

/** Panels of which one is seen. Only the chosen panel is mounted. */
export function Tabs<T extends string>({ label, value, onChange, tabs, className, panelClassName }: TabsProps<T>) {
  return (
    <Base.Root value={value} onValueChange={(next: T) => onChange(next)} className={className}>
      <Base.List aria-label={label} className="relative flex gap-1 border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className={cx(
              "-mb-px flex h-9 pointer-coarse:h-10 pointer-coarse:min-w-10 items-center justify-center gap-1.5 border-b-2 border-transparent px-2.5 font-medium text-fg2 select-none hover:text-fg",
              "focus-visible:-outline-offset-2 data-active:border-accent data-active:text-fg",
            )}
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className={cx("outline-none", panelClassName)}>
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
