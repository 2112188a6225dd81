import { t } from "@lingui/core/macro";
import { Button } from "../ui/Button";
import { ProgressBar } from "../ui/ProgressBar";
import { Spinner } from "../ui/Spinner";
import type { GitState } from "./useGit";
import { size } from "./words";
import "./git.css";

const TITLES: Record<string, string> = {
  clone: t`Cloning the repository`,
  pull: t`Pulling`,
  push: t`Pushing`,
  fetch: t`Looking for news`,
  switch: t`Changing the branch`,
  branch: t`Making a branch`,
};

/** What goes on in the repository: how far it is, and a way to stop it. */
export function WorkRow({ work, onStop }: { work: GitState["work"]; onStop?: (() => void) | undefined }) {
  const share = work?.share ?? null;
  const text = work?.text ?? t`Waiting`;
  const title = TITLES[work?.kind ?? "clone"] ?? t`Git is at work`;
  const bytes = work?.done_bytes ?? 0;
  return (
    <div className="rounded-card border border-line bg-card p-3 shadow-low">
      <div className="flex items-start gap-2.5">
        <span className="pt-0.5 text-accent">
          <Spinner />
        </span>
        <div className="min-w-0 flex-1">
          <p className="font-medium">{title}</p>
          <p className="text-[13px] text-fg2 tabular-nums" aria-live="polite">
            {text}
            {share !== null && ` · ${Math.round(share * 100)} %`}
            {bytes > 0 && ` · ${size(bytes)}`}
          </p>
        </div>
        {onStop !== undefined && <Button size="small" onClick={onStop}>{t`Cancel`}</Button>}
      </div>
      <ProgressBar label={title} share={share} text={text} className="mt-2.5" />
    </div>
  );
}
