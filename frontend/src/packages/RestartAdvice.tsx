import { t } from "@lingui/core/macro";
import { RotateCcw } from "lucide-react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import type { Schemas } from "../wire/http";

export type LoadedVersion = Schemas["LoadedVersion"];

/** Says which loaded packages are not the ones that are installed any more. */
export function RestartAdvice({
  packages,
  onRestart,
  onDismiss,
}: {
  packages: readonly LoadedVersion[];
  /** Absent for people who may not run. */
  onRestart?: (() => void) | undefined;
  onDismiss: () => void;
}) {
  const named = packages
    .slice(0, 3)
    .map(({ name, before, after }) =>
      after === null ? t`${name} was removed` : t`${name} is now ${after}, not ${before}`,
    );
  const rest = packages.length - named.length;
  return (
    <Banner
      tone="warn"
      live
      bar
      actions={
        <>
          {onRestart !== undefined && (
            <Button size="small" icon={RotateCcw} onClick={onRestart}>{t`Restart the kernel`}</Button>
          )}
          <Button size="small" kind="ghost" onClick={onDismiss}>{t`Later`}</Button>
        </>
      }
    >{t`The kernel still uses what it has loaded: ${named.join(", ")}${rest > 0 ? t` and ${rest} more` : ""}. A restart brings what is installed.`}</Banner>
  );
}
