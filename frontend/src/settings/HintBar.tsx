import { t } from "@lingui/core/macro";
import { Lightbulb, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { Kbd } from "../ui/Kbd";
import { hints, type Hint } from "./hints";

/** Whether there is likely a keyboard: a finger alone cannot hover. */
const hasKeys = (): boolean => !window.matchMedia("(hover: none)").matches;

/** One hint at the foot of a notebook, for those who may do what it tells. */
export function HintBar({ may }: { may: (hint: Hint) => boolean }) {
  const left = useSyncExternalStore(hints.subscribe, hints.get).filter(
    (hint) => may(hint) && (hint.onlyKeys !== true || hasKeys()),
  );
  const [hint] = left;
  if (hint === undefined) return null;
  return (
    <section aria-label={t`Hint`} className="hint-bar">
      <Lightbulb size={15} aria-hidden />
      <p>
        {hint.text} {hint.keys.length > 0 && <Kbd keys={hint.keys} />}
      </p>
      {left.length > 1 && <Button size="small" kind="ghost" onClick={() => hints.putAway([hint.id])}>{t`Next`}</Button>}
      <IconButton
        icon={X}
        size="small"
        label={left.length > 1 ? t`No more hints` : t`Put this hint away`}
        onClick={() => hints.putAway(left.map(({ id }) => id))}
      />
    </section>
  );
}
