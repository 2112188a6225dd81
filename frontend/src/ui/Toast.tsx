import { t } from "@lingui/core/macro";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createPortal } from "react-dom";
import { toast as sonner, Toaster } from "sonner";
import { IconButton } from "./IconButton";

interface Shown {
  text: string;
  tone: "ok" | "err";
  action?: { label: string; act: () => void };
  forMs: number;
}

function show({ text, tone, action, forMs }: Shown): void {
  const Icon = tone === "ok" ? CircleCheck : CircleAlert;
  sonner.custom(
    (id) => (
      <div className="flex min-h-11 w-full max-w-100 min-w-72 items-center gap-2.5 rounded-card bg-card py-1.5 pe-1.5 ps-3 font-sans text-sm text-fg shadow-pop">
        <Icon size={16} aria-hidden className={tone === "ok" ? "shrink-0 text-ok" : "shrink-0 text-err"} />
        <span className="min-w-0 flex-1">{text}</span>
        {action !== undefined && (
          <button
            type="button"
            className="h-7 shrink-0 rounded-control px-2 font-medium text-accent hover:bg-hover"
            onClick={() => {
              sonner.dismiss(id);
              action.act();
            }}
          >
            {action.label}
          </button>
        )}
        <IconButton icon={X} size="small" label={t`Dismiss`} onClick={() => sonner.dismiss(id)} />
      </div>
    ),
    { duration: forMs },
  );
}

/** Says that something was done. */
export function toast(text: string): void {
  show({ text, tone: "ok", forMs: 4000 });
}

/** Says that something was done and offers to take it back. */
export function toastUndo(text: string, undo: () => void): void {
  show({ text, tone: "ok", action: { label: t`Undo`, act: undo }, forMs: 8000 });
}

/** Says what happened and offers to go there. */
export function toastAction(text: string, label: string, act: () => void, tone: "ok" | "err" = "ok"): void {
  show({ text, tone, action: { label, act }, forMs: 10_000 });
}

/** Says why something was not done; stays longer. */
export function toastError(text: string): void {
  show({ text, tone: "err", forMs: 8000 });
}

/** Where toasts appear; once in the application. Beside its root, as dialogs are, so that none hides them. */
export function Toasts() {
  return createPortal(
    <Toaster
      position="bottom-center"
      offset={20}
      gap={8}
      containerAriaLabel={t`Messages`}
      toastOptions={{ unstyled: true }}
    />,
    document.body,
  );
}
