import { RotateCcw } from "lucide-react";
import { memo } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import type { RuntimeIndex } from "../model/index";
import { momentText } from "../model/time";
import { useKernel } from "./useKernel";

export interface DeathCardProps {
  runtime: RuntimeIndex;
  /** The cell under which the card stands, or null for the one above the notebook. */
  cell: string | null;
  canRun: boolean;
  onRestart: () => void;
  /** Goes to the cell that ran. */
  onShow: (cell: string) => void;
  nameOfCell: (cell: string) => string | null;
}

/** Why the kernel ended, under the cell that ran, or above all when none did. */
export const DeathCard = memo(function DeathCard({
  runtime,
  cell,
  canRun,
  onRestart,
  onShow,
  nameOfCell,
}: DeathCardProps) {
  const { state, death } = useKernel(runtime);
  if (state !== "dead" || death === null) return null;
  const name = death.cell === null ? null : nameOfCell(death.cell);
  if (cell === null ? name !== null && death.cell === null : death.cell !== cell) return null;
  if (cell === null && death.cell !== null && name !== null) {
    return (
      <Banner
        tone="err"
        live
        actions={
          <Button size="small" onClick={() => onShow(death.cell ?? "")}>
            Show {name}
          </Button>
        }
      >
        The kernel ended. Its variables are gone; your text and outputs are safe.
      </Banner>
    );
  }
  return (
    <Banner
      tone="err"
      live={cell === null}
      actions={
        canRun ? (
          <Button size="small" icon={RotateCcw} onClick={onRestart}>
            Restart
          </Button>
        ) : undefined
      }
    >
      <strong className="font-semibold">
        The kernel ended{death.at === "" ? "" : ` at ${momentText(death.at, new Date())}`}.
      </strong>{" "}
      {death.reason} <span className="text-fg2">Variables are gone; text and outputs are safe.</span>
    </Banner>
  );
});
