import { Menu as Base } from "@base-ui/react/menu";
import { Check, type LucideIcon } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { useLocation } from "wouter";
import { cx } from "./cx";
import { Kbd } from "./Kbd";

const ROW =
  "flex min-h-8 w-full items-center gap-2.5 pointer-coarse:min-h-10 rounded-control px-2 py-1 text-start outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover";

export interface MenuProps {
  /** The button that opens it, as `<IconButton …/>`. */
  trigger: ReactElement;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  children: ReactNode;
}

/** A menu of commands under a button. Arrow keys, type-ahead and Escape work. */
export function Menu({ trigger, align = "end", side = "bottom", children }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} className="z-50">
          <Base.Popup className="pop-motion min-w-48 rounded-card bg-card p-1 shadow-pop outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export interface MenuItemProps {
  icon?: LucideIcon;
  keys?: readonly string[];
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon: Icon, keys, danger = false, disabled = false, onSelect, children }: MenuItemProps) {
  return (
    <Base.Item disabled={disabled} onClick={onSelect} className={cx(ROW, danger && "text-err")}>
      {Icon !== undefined && (
        <Icon size={16} aria-hidden className={cx("shrink-0", danger ? "text-err" : "text-fg3")} />
      )}
      <span className="min-w-0 flex-1">{children}</span>
      {keys !== undefined && <Kbd keys={keys} />}
    </Base.Item>
  );
}

export interface MenuLinkProps {
  icon?: LucideIcon;
  href: string;
  /** The file name to save under; without it the address is a page of the product. */
  download?: string;
  children: ReactNode;
}

/** An address inside a menu: people may open it in a new tab like any link. */
export function MenuLink({ icon: Icon, href, download, children }: MenuLinkProps) {
  const [, navigate] = useLocation();
  return (
    <Base.LinkItem
      href={href}
      download={download}
      closeOnClick
      className={ROW}
      onClick={(event) => {
        if (download !== undefined || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        navigate(href);
      }}
    >
      {Icon !== undefined && <Icon size={16} aria-hidden className="shrink-0 text-fg3" />}
      <span className="min-w-0 flex-1">{children}</span>
    </Base.LinkItem>
  );
}

export interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; icon?: LucideIcon }[];
}

/** A group of which exactly one is chosen. */
export function MenuChoice<T extends string>({ label, value, onChange, options }: MenuChoiceProps<T>) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-xs font-medium text-fg3">{label}</Base.GroupLabel>
      {options.map(({ value: option, label: name, icon: Icon }) => (
        <Base.RadioItem key={option} value={option} closeOnClick className={ROW}>
          {Icon !== undefined && <Icon size={16} aria-hidden className="shrink-0 text-fg3" />}
          <span className="flex-1">{name}</span>
          <Base.RadioItemIndicator>
            <Check size={16} aria-hidden className="text-accent" />
          </Base.RadioItemIndicator>
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1 h-px bg-line" />;
}

/** A heading that is no command, as the name of the person signed in. */
export function MenuHeading({ children }: { children: ReactNode }) {
  return <div className="px-2 pt-1.5 pb-1.5">{children}</div>;
}
