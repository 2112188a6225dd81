import { t } from "@lingui/core/macro";
import { Monitor, Moon, Sun } from "lucide-react";
import { MenuChoice } from "./Menu";
import { useTheme, type ThemeChoice } from "./theme";

const CHOICES = [
  { value: "system", label: t`As the system`, icon: Monitor },
  { value: "light", label: t`Light`, icon: Sun },
  { value: "dark", label: t`Dark`, icon: Moon },
] as const satisfies readonly { value: ThemeChoice; label: string; icon: unknown }[];

/** The choice of theme, as a group inside a menu. */
export function ThemeChoices() {
  const choice = useTheme((state) => state.choice);
  const choose = useTheme((state) => state.choose);
  return <MenuChoice label={t`Theme`} value={choice} onChange={choose} options={CHOICES} />;
}
