import { t } from "@lingui/core/macro";
import { Bell, CornerRightDown, Crosshair } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { Spinner } from "../ui/Spinner";
import type { Readable } from "../wire/store";
import type { FollowRun } from "./followRun";
import type { RunNews } from "./notify";
import "./running.css";

export interface RunBarProps {
  /** The cell that runs. */
  readonly running: Readable<string | null>;
  readonly follow: FollowRun;
  readonly news: RunNews;
  readonly nameOf: (cell: string) => string | null;
  readonly elementOf: (cell: string) => HTMLElement | null;
  readonly goTo: (cell: string) => void;
  /** Null for those who may not run. */
  readonly stop: (() => void) | null;
}

/** Over the end of the page while a cell runs out of sight: where it is, and the way there. */
export const RunBar = memo(function RunBar({ running, follow, news, nameOf, elementOf, goTo, stop }: RunBarProps) {
  const cell = useReadable(running, (now) => now);
  const isFollowing = useReadable(follow.isOn, (now) => now);
  const mayOffer = useReadable(news.mayOffer, (now) => now);
  const isInSight = useInSight(cell, elementOf);
  const name = cell === null ? null : nameOf(cell);
  if (mayOffer) {
    return (
      <div className="run-bar" role="group" aria-label={t`This run takes a while`}>
        <Bell size={15} aria-hidden />
        <span>{t`This takes a while. Be told when it ends?`}</span>
        <Button size="small" onClick={() => void news.answer(true)}>{t`Tell me`}</Button>
        <Button size="small" kind="ghost" onClick={() => void news.answer(false)}>{t`No`}</Button>
      </div>
    );
  }
  if (isFollowing) {
    return (
      <div className="run-bar" role="group" aria-label={t`Following the run`}>
        <Crosshair size={15} aria-hidden />
        <span>{name === null ? t`Following the run` : t`Following the run: ${name}`}</span>
        <Button size="small" kind="ghost" onClick={follow.end}>{t`Stop`}</Button>
      </div>
    );
  }
  if (cell !== null && name === null) {
    return (
      <div className="run-bar" role="group" aria-label={t`What runs`}>
        <Spinner />
        <span>{t`A deleted cell still runs`}</span>
        {stop !== null && <Button size="small" kind="ghost" onClick={stop}>{t`Stop`}</Button>}
      </div>
    );
  }
  if (cell === null || name === null || isInSight) return null;
  return (
    <div className="run-bar" role="group" aria-label={t`What runs`}>
      <Spinner />
      <span>{t`${name.slice(0, 1).toUpperCase()}${name.slice(1)} runs`}</span>
      <Button size="small" icon={CornerRightDown} onClick={() => goTo(cell)}>{t`Go there`}</Button>
      <Button size="small" kind="ghost" icon={Crosshair} onClick={() => follow.begin()}>{t`Follow`}</Button>
    </div>
  );
});

/** Whether the window shows some of a cell. */
function useInSight(cell: string | null, elementOf: (cell: string) => HTMLElement | null): boolean {
  const [seen, setSeen] = useState<{ cell: string; isSeen: boolean } | null>(null);
  useEffect(() => {
    const element = cell === null ? null : elementOf(cell);
    if (cell === null || element === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => setSeen({ cell, isSeen: entry?.isIntersecting === true }), {
      root: document.getElementById("scroll"),
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [cell, elementOf]);
  // Until it is known, nothing pops up.
  return seen === null || seen.cell !== cell || seen.isSeen;
}
