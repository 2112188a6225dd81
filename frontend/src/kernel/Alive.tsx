import { t } from "@lingui/core/macro";
import { Clock, HeartPulse } from "lucide-react";
import { clockText, stopText } from "../model/alive";
import { useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { useNow } from "../ui/Time";
import type { Alive } from "../wire/messages";
import type { Readable } from "../wire/store";
import { KeepUntil } from "./KeepUntil";
import "./alive.css";

export interface AliveProps {
  alive: Readable<Alive | null>;
  canRun: boolean;
  blocked: boolean;
  /** Null lets go of the kernel. */
  onKeep: (until: Date | null) => Promise<boolean>;
}

/** Why the kernel is alive, when it stops, and what would move that. */
export function WhyAlive({ alive, canRun, blocked, onKeep }: AliveProps) {
  const said = useReadable(alive, (value) => value);
  const now = useNow();
  if (said === null || said.because === "") return null;
  return (
    <section aria-label={t`Why the kernel is alive`} className="alive">
      <p className="alive-because">
        <HeartPulse size={15} aria-hidden />
        <span>{said.because}</span>
      </p>
      <p className="alive-stops figures">{stopText(said, now)}</p>
      {said.stops_at !== null && said.restarts !== "" && <p className="alive-restarts">{said.restarts}</p>}
      {said.kept_until !== null ? (
        <div className="alive-kept">
          <Clock size={15} aria-hidden />
          <span className="min-w-0 flex-1">
            {t`${said.kept_by ?? t`Somebody`} keeps it until ${clockText(said.kept_until, now)}.`}
          </span>
          {canRun && (
            <Button size="small" kind="ghost" disabled={blocked} onClick={() => void onKeep(null)}>{t`Let go`}</Button>
          )}
        </div>
      ) : (
        canRun && said.cause !== "max_life" && <KeepUntil disabled={blocked} onKeep={onKeep} />
      )}
    </section>
  );
}
