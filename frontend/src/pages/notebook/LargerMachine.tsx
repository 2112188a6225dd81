import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { readKernel } from "../../model/kernel";
import { useObserved, useReadable } from "../../model/use";
import { nextLarger } from "../../model/hardware";
import { Button } from "../../ui/Button";
import { hardwareQuery } from "../../wire/queries";
import { notebookQuery } from "./notebookQuery";
import type { NotebookSession } from "./session";
import { useMachines } from "./useMachines";

/** After a kernel ran out of memory: the next larger machine that may be taken now, in one press. */
export function LargerMachine({ session, cell }: { session: NotebookSession; cell: string }) {
  const canChange = useReadable(session.rights, (rights) => rights.has("HARDWARE"));
  const runtime = useReadable(session.cells, (now) => now.runtime);
  const death = useObserved(
    (listener) => runtime.subscribeKernel(listener),
    () => readKernel(runtime.kernel).death,
    (a, b) => JSON.stringify(a) === JSON.stringify(b),
  );
  const isShort = canChange && death?.cause === "memory";
  const notebook = useQuery({ ...notebookQuery(session.notebook), enabled: isShort });
  const choices = useQuery({ ...hardwareQuery(session.notebook), enabled: isShort });
  const machines = useMachines(session, notebook.data?.project ?? null);
  const larger = isShort ? nextLarger(choices.data?.items ?? [], death.memory_limit ?? 0) : null;
  if (larger === null || notebook.data === undefined) return null;
  const restart = async (): Promise<void> => {
    if (await machines.choose(larger.id)) session.rerunTo(cell);
  };
  return (
    <Button size="small" onClick={() => void restart()}>
      {t`Rerun to here on ${larger.label}`}
    </Button>
  );
}
