import { t } from "@lingui/core/macro";
import { WhyAlive } from "../../kernel/Alive";
import { Countdown } from "../../kernel/Countdown";
import { NoticeBar } from "../../kernel/NoticeBar";
import { SavedVariables } from "../../kernel/SavedVariables";
import { useReadable } from "../../model/use";
import type { RuntimeIndex } from "../../model/index";
import type { NotebookSession } from "./session";

interface Keeping {
  canRun: boolean;
  blocked: boolean;
  onKeep: (until: Date | null) => Promise<boolean>;
}

function useKeeping(session: NotebookSession): Keeping {
  const canRun = useReadable(session.rights, (now) => now.has("RUN"));
  const blocked = useReadable(session.runBlocked, (reason) => reason !== null);
  const onKeep = (until: Date | null): Promise<boolean> =>
    session.command("keep", until === null ? { hours: 0 } : { until: until.toISOString() });
  return { canRun, blocked, onKeep };
}

/** Bars under the top bar: the kernel is about to stop, or somebody asks for it. */
export function KernelBars({ session }: { session: NotebookSession }) {
  const keeping = useKeeping(session);
  const { alive, notice } = session.provider;
  const isShown = useReadable(alive, (said) => said?.warned === true);
  const hasNotice = useReadable(notice, (said) => said !== null);
  if (!isShown && !hasNotice) return null;
  return (
    <section aria-label={t`The kernel`}>
      <Countdown alive={alive} {...keeping} />
      <NoticeBar notice={notice} onDismiss={() => session.provider.dismissNotice()} />
    </section>
  );
}

/** Inside the machine's panel: why the kernel is alive. */
export function WhyAliveHere({ session }: { session: NotebookSession }) {
  return <WhyAlive alive={session.provider.alive} {...useKeeping(session)} />;
}

/** Above the cells: variables of an earlier kernel. */
export function SavedHere({ session, runtime }: { session: NotebookSession; runtime: RuntimeIndex }) {
  const { canRun, blocked } = useKeeping(session);
  const canChange = useReadable(session.rights, (now) => now.has("HARDWARE"));
  return (
    <SavedVariables
      notebook={session.notebook}
      runtime={runtime}
      canRun={canRun}
      canChange={canChange}
      blocked={blocked}
      onRestore={(saved) => void session.command("restore_variables", { saved })}
      onForget={(saved) => void session.command("forget_variables", { saved })}
      onGoBack={(hardware) => void session.command("change_hardware", { hardware })}
    />
  );
}
