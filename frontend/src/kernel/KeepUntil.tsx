import { t } from "@lingui/core/macro";
import { Clock } from "lucide-react";
import { useId, useState } from "react";
import { fieldTime, keepChoices } from "../model/alive";
import { Button, type ButtonKind } from "../ui/Button";
import { Input } from "../ui/Input";
import { Popover } from "../ui/Popover";

const LONGEST_MS = 7 * 24 * 3600 * 1000;

export interface KeepUntilProps {
  disabled: boolean;
  kind?: ButtonKind;
  /** Resolves to whether the server took it. */
  onKeep: (until: Date) => Promise<boolean>;
}

/** Keeps the kernel from the idle stop: three usual times, or any other within a week. */
export function KeepUntil({ disabled, kind = "plain", onKeep }: KeepUntilProps) {
  const [isOpen, setIsOpen] = useState(false);
  const keep = async (until: Date): Promise<void> => {
    if (await onKeep(until)) setIsOpen(false);
  };
  return (
    <Popover
      label={t`Keep the kernel until`}
      open={isOpen}
      onOpenChange={setIsOpen}
      className="w-80"
      trigger={<Button size="small" kind={kind} icon={Clock} disabled={disabled}>{t`Keep until…`}</Button>}
    >
      {isOpen && <Times keep={keep} />}
    </Popover>
  );
}

function Times({ keep }: { keep: (until: Date) => Promise<void> }) {
  const field = useId();
  const [now] = useState(() => new Date());
  const [own, setOwn] = useState(() => fieldTime(new Date(now.getTime() + 4 * 3600 * 1000)));
  const chosen = new Date(own);
  const fits = chosen.getTime() > now.getTime() && chosen.getTime() - now.getTime() <= LONGEST_MS;
  return (
    <div className="keep-times">
      <p className="keep-title">{t`Keep the kernel until`}</p>
      <div className="keep-choices">
        {keepChoices(now).map((choice) => (
          <Button key={choice.label} size="small" onClick={() => void keep(choice.until)}>
            {choice.label}
          </Button>
        ))}
      </div>
      <form
        className="keep-own"
        onSubmit={(event) => {
          event.preventDefault();
          if (fits) void keep(chosen);
        }}
      >
        <label htmlFor={field}>{t`Another time`}</label>
        <div className="flex gap-2">
          <Input
            id={field}
            type="datetime-local"
            value={own}
            min={fieldTime(now)}
            max={fieldTime(new Date(now.getTime() + LONGEST_MS))}
            onChange={(event) => setOwn(event.target.value)}
          />
          <Button type="submit" disabled={!fits}>{t`Keep`}</Button>
        </div>
      </form>
    </div>
  );
}
