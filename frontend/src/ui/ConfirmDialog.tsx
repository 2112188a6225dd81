import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";
import { useRef } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and what cannot be taken back. */
  children: ReactNode;
  /** The verb, as "Restart". */
  action: string;
  danger?: boolean;
  /** An Enter too many must not do it. */
  cautious?: boolean;
  busy?: boolean;
  onConfirm: () => void;
}

/** Asks before what cannot be undone. Where an undo exists, act at once and offer it in a toast instead. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  children,
  action,
  danger = false,
  cautious = false,
  busy = false,
  onConfirm,
}: ConfirmDialogProps) {
  const confirm = useRef<HTMLButtonElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      initialFocus={cautious ? cancel : confirm}
      footer={
        <>
          <Button ref={cancel} onClick={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button ref={confirm} kind={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <div className="text-fg2">{children}</div>
    </Dialog>
  );
}
