import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { countdownText } from "../model/alive";
import { useReadable } from "../model/use";
import { Banner } from "../ui/Banner";
import type { AliveProps } from "./Alive";
import { KeepUntil } from "./KeepUntil";
import "./alive.css";

/** Before the kernel stops: how long is left, and the way to keep it. */
export function Countdown({ alive, canRun, blocked, onKeep }: AliveProps) {
  const said = useReadable(alive, (value) => value);
  if (said === null || !said.warned) return null;
  const isIdle = said.cause !== "max_life";
  return (
    <Banner tone="warn" bar actions={canRun && isIdle ? <KeepUntil disabled={blocked} onKeep={onKeep} /> : undefined}>
      {said.stops_at === null ? (
        said.because
      ) : (
        <>
          <strong className="font-semibold">
            <span className="sr-only">{t`The kernel stops soon.`}</span>
            <span aria-hidden>
              <Trans>
                The kernel stops in <Left until={said.stops_at} />.
              </Trans>
            </span>
          </strong>{" "}
          {isIdle ? t`Nothing has happened for a while. ` : `${said.because} `}
          <span className="text-fg2">{t`Variables that can be kept are saved first.`}</span>
        </>
      )}
    </Banner>
  );
}

function Left({ until }: { until: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return <span className="figures">{countdownText(new Date(until).getTime() - now)}</span>;
}
