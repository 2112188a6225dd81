/** The table in a window of its own, over the notebook. */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactElement } from "react";
import { FrameView, type FrameViewProps } from "./FrameView";

export function FrameDialog({
  onClose,
  ...rest
}: Omit<FrameViewProps, "mode" | "onOpen"> & { onClose: () => void }): ReactElement {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-20 bg-veil" />
        <Base.Popup className="fr-window pop-motion" aria-label={rest.label}>
          <FrameView {...rest} mode="full" onClose={onClose} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
