import { t } from "@lingui/core/macro";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { cx } from "./cx";
import { IconButton } from "./IconButton";

const WIDTHS = { small: "max-w-105", medium: "max-w-140", large: "max-w-180" };

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons, the one that goes on last. */
  footer?: ReactNode;
  size?: keyof typeof WIDTHS;
  /** What has the focus first; otherwise the first control. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** What has the focus afterwards; null is where it was before. */
  finalFocus?: () => HTMLElement | null;
  children?: ReactNode;
}

/** A modal window: focus stays inside, Escape and a click beside it close it, focus returns where it was. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  footer,
  size = "small",
  initialFocus,
  finalFocus,
  children,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        {/* Also over the dialog from which this one was opened. */}
        <Base.Backdrop
          forceRender
          className="fixed inset-0 z-40 bg-veil transition-opacity duration-120 data-ending-style:opacity-0 data-starting-style:opacity-0"
        />
        <Base.Viewport className="fixed inset-0 z-40 flex items-start justify-center overflow-y-auto px-4 py-[max(4vh,16px)] sm:pt-[12vh]">
          <Base.Popup
            {...(initialFocus === undefined ? {} : { initialFocus })}
            {...(finalFocus === undefined ? {} : { finalFocus })}
            className={cx("pop-motion relative w-full rounded-[14px] bg-card shadow-pop outline-none", WIDTHS[size])}
          >
            <header className="pt-5 pe-14 ps-5">
              <Base.Title className="text-[17px] leading-6 font-semibold tracking-[-0.01em] break-words">
                {title}
              </Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-1 text-fg2">{description}</Base.Description>
              )}
            </header>
            <div className="px-5 pt-4 pb-5">{children}</div>
            {footer !== undefined && (
              <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3.5">{footer}</footer>
            )}
            {/* Last in order, so that the focus begins at what the dialog is about. */}
            <Base.Close render={<IconButton icon={X} label={t`Close`} className="absolute top-4 end-3.5" />} />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
