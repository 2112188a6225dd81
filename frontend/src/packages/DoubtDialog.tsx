import { t } from "@lingui/core/macro";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import type { Doubt } from "./useEnvironment";

/** Asks for a word about what the server would not install unasked. */
export function DoubtDialog({
  doubt,
  onClose,
  onInstall,
}: {
  doubt: Doubt | null;
  onClose: () => void;
  onInstall: (wish: Doubt["wish"]) => void;
}) {
  return (
    <ConfirmDialog
      open={doubt !== null}
      onOpenChange={onClose}
      title={t`Install this all the same?`}
      action={t`Install`}
      danger
      cautious
      onConfirm={() => {
        if (doubt !== null) onInstall(doubt.wish);
        onClose();
      }}
    >
      {doubt?.reason}
    </ConfirmDialog>
  );
}
