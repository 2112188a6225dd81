import { t } from "@lingui/core/macro";
import { GripVertical } from "lucide-react";
import { useRef } from "react";
import { useCells } from "./CellsContext";
import { dragFrom, liftWithKeys } from "./drag";

/** Drag it, or press Enter on it and use the arrow keys. */
export function DragHandle({ id, tabIndex }: { id: string; tabIndex: number }) {
  const cells = useCells();
  const button = useRef<HTMLButtonElement>(null);
  return (
    <button
      ref={button}
      type="button"
      className="cell-handle"
      tabIndex={tabIndex}
      aria-label={t`Move: drag, or press Enter and the arrow keys`}
      title={t`Drag to move`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        dragFrom(cells, id, event);
      }}
      onClick={(event) => {
        // A press of Enter or Space; a pointer's click moves nothing.
        if (event.detail === 0 && button.current !== null) liftWithKeys(cells, id, button.current);
      }}
    >
      <GripVertical size={14} aria-hidden />
    </button>
  );
}
