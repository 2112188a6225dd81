import { t } from "@lingui/core/macro";
import { ListRestart, RotateCcw } from "lucide-react";
import { memo, type ReactNode } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { memoryText } from "../model/hardware";
import type { RuntimeIndex } from "../model/index";
import { endedCalmly, isAlive, neverStarted, type Death } from "../model/kernel";
import { momentText } from "../model/time";
import { useKernel } from "./useKernel";

export interface DeathCardProps {
  runtime: RuntimeIndex;
  /** The cell under which the card stands, or null for the one above the notebook. */
  cell: string | null;
  canRun: boolean;
  onRestart: () => void;
  /** Restarts and runs everything down to the cell. */
  onRerun?: (cell: string) => void;
  /** Offers another machine, where that would help. */
  larger?: ReactNode;
  /** Goes to the cell that ran. */
  onShow: (cell: string) => void;
  nameOfCell: (cell: string) => string | null;
}

/** Why the kernel ended and what is known of it, under the cell that ran, or above all when none did. */
export const DeathCard = memo(function DeathCard({
  runtime,
  cell,
  canRun,
  onRestart,
  onRerun,
  larger,
  onShow,
  nameOfCell,
}: DeathCardProps) {
  const { state, death, saved } = useKernel(runtime);
  if (isAlive(state) || death === null) return null;
  if (endedCalmly(death) && saved !== null) return null; // told with what was kept
  const name = death.cell === null ? null : nameOfCell(death.cell);
  if (cell === null ? name !== null && death.cell === null : death.cell !== cell) return null;
  if (cell === null && death.cell !== null && name !== null) {
    return (
      <Banner
        tone="err"
        live
        actions={
          <Button size="small" onClick={() => onShow(death.cell ?? "")}>
            {t`Show ${name}`}
          </Button>
        }
      >{t`The kernel ended. Its variables are gone; your text and outputs are safe.`}</Banner>
    );
  }
  if (endedCalmly(death)) {
    return (
      <Banner
        live={cell === null}
        actions={
          canRun ? <Button size="small" icon={RotateCcw} onClick={onRestart}>{t`Start again`}</Button> : undefined
        }
      >
        {death.reason} <span className="text-fg2">{t`Text and outputs are here as they were.`}</span>
      </Banner>
    );
  }
  const never = neverStarted(death);
  return (
    <Banner tone="err" live={cell === null}>
      <strong className="font-semibold">
        {never
          ? t`The kernel could not start.`
          : death.at === ""
            ? t`The kernel ended.`
            : t`The kernel ended at ${momentText(death.at, new Date())}.`}
      </strong>{" "}
      {death.reason} {!never && <span className="text-fg2">{t`Variables are gone; text and outputs are safe.`}</span>}
      <Known death={death} />
      {canRun && (
        <div className="mt-2 flex flex-wrap gap-2">
          {larger}
          {cell !== null && onRerun !== undefined && (
            <Button
              size="small"
              icon={ListRestart}
              onClick={() => onRerun(cell)}
            >{t`Restart and rerun to here`}</Button>
          )}
          <Button size="small" icon={RotateCcw} onClick={onRestart}>{t`Restart`}</Button>
        </div>
      )}
    </Banner>
  );
});

/** The line, the peak and the largest variables, each where it is known. */
function Known({ death }: { death: Death }) {
  const { line, peak, memory_limit: limit, variables } = death;
  if (line === null && peak === null && variables.length === 0) return null;
  return (
    <dl className="death-known">
      {line !== null && (
        <div>
          <dt>{t`Line that ran`}</dt>
          <dd className="figures">{line}</dd>
        </div>
      )}
      {peak !== null && (
        <div>
          <dt>{t`Most memory`}</dt>
          <dd className="figures">
            {memoryText(peak)}
            {limit !== null && t` of ${memoryText(limit)}`}
          </dd>
        </div>
      )}
      {variables.length > 0 && (
        <div>
          <dt>{t`Largest variables, after the last cell`}</dt>
          <dd>
            {variables.map((each) => (
              <span key={each.name} title={each.type}>
                <code>{each.name}</code> <span className="figures">{memoryText(each.size)}</span>
              </span>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}
