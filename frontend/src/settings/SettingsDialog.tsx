import { t } from "@lingui/core/macro";
import { useState, useSyncExternalStore } from "react";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { Dialog } from "../ui/Dialog";
import { LanguageSelect } from "../ui/LanguageSelect";
import { Select } from "../ui/Select";
import { Switch } from "../ui/Switch";
import { TEXT_SIZES, useAppearance } from "../ui/appearance";
import { useTheme, type ThemeChoice } from "../ui/theme";
import { hints } from "./hints";

const THEMES: readonly { value: ThemeChoice; label: string }[] = [
  { value: "system", label: t`System` },
  { value: "light", label: t`Light` },
  { value: "dark", label: t`Dark` },
];

export interface NotifySetting {
  /** Whether this browser can tell at all. */
  readonly isPossible: boolean;
  readonly isOn: () => boolean;
  readonly choose: (wanted: boolean) => Promise<boolean>;
}

/** How this browser shows the product. Everything acts at once and stays in this browser. */
export function SettingsDialog({
  open,
  onOpenChange,
  notify,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  notify: NotifySetting;
}) {
  const theme = useTheme((state) => state.choice);
  const chooseTheme = useTheme((state) => state.choose);
  const { contrast, motion, text, change } = useAppearance();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Settings`}
      description={t`Of this browser. They act at once.`}
      size="medium"
    >
      <div className="flex flex-col gap-5">
        <div role="group" aria-label={t`Theme`} className="flex gap-2">
          {THEMES.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              aria-pressed={theme === value}
              onClick={() => chooseTheme(value)}
              className={cx(
                "h-9 pointer-coarse:h-10 flex-1 rounded-button border px-2",
                theme === value ? "border-accent bg-accent-bg font-medium text-accent" : "border-line2 hover:bg-hover",
              )}
            >
              {label}
            </button>
          ))}
        </div>
        <div className="flex items-center justify-between gap-6">
          <div>
            <div className="font-medium">{t`Language`}</div>
            <div className="text-[13px] text-fg2">{t`Of the pages. Choosing one loads the page anew.`}</div>
          </div>
          <LanguageSelect />
        </div>
        <Switch
          label={t`High contrast`}
          hint={t`Stronger lines and text, in both themes. Without it, as your system asks for.`}
          checked={contrast === "more"}
          onChange={(on) => change({ contrast: on ? "more" : "system" })}
        />
        <div className="flex items-center justify-between gap-6">
          <div>
            <div className="font-medium">{t`Text size`}</div>
            <div className="text-[13px] text-fg2">{t`Of code, outputs and text cells.`}</div>
          </div>
          <Select
            label={t`Text size`}
            value={String(text)}
            options={TEXT_SIZES.map((size) => ({ value: String(size), label: `${size} px` }))}
            onChange={(size) => change({ text: TEXT_SIZES.find((one) => String(one) === size) ?? 13 })}
          />
        </div>
        <Switch
          label={t`Less motion`}
          hint={t`Nothing fades, slides or turns. Without it, as your system asks for.`}
          checked={motion === "less"}
          onChange={(on) => change({ motion: on ? "less" : "system" })}
        />
        <Notify notify={notify} />
        <Hints />
      </div>
    </Dialog>
  );
}

function Notify({ notify }: { notify: NotifySetting }) {
  const [isOn, setIsOn] = useState(notify.isOn);
  return (
    <Switch
      label={t`Tell me when a long run ends`}
      hint={
        notify.isPossible
          ? t`By a notification of the browser, while you look at something else.`
          : t`Your browser does not allow notifications for this address. Allow them there first.`
      }
      checked={isOn}
      disabled={!notify.isPossible}
      onChange={(wanted) => void notify.choose(wanted).then(setIsOn)}
    />
  );
}

function Hints() {
  const left = useSyncExternalStore(hints.subscribe, hints.get);
  if (left.length > 0) return null;
  return (
    <div className="flex items-center justify-between gap-6">
      <div className="text-fg2">{t`You have put all hints away.`}</div>
      <Button size="small" onClick={() => hints.again()}>{t`Show them again`}</Button>
    </div>
  );
}
