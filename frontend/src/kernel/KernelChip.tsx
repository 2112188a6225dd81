import { t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { memo, useEffect, useRef, useState, type ReactNode } from "react";
import { Dot } from "../ui/Dot";
import { partOnDemand } from "../ui/onDemand";
import { Popover } from "../ui/Popover";
import { memoryText } from "../model/hardware";
import { isAlive, isAtRest, machineName, restWord } from "../model/kernel";
import type { RuntimeIndex } from "../model/index";
import type { Metrics } from "../wire/messages";
import { hardwareQuery } from "../wire/queries";
import type { Readable } from "../wire/store";
import { History } from "./history";
import { TONES } from "./tones";
import { useKernel } from "./useKernel";

const KernelPanel = partOnDemand(async () => (await import("./KernelPanel")).KernelPanel);

export interface KernelActions {
  interrupt: () => void;
  /** Asks first: variables are lost. */
  restart: (runAll: boolean) => void;
  start: () => void;
  stop: () => void;
  /** Ends a start that waits; nothing is lost, so it does not ask. */
  cancelStart: () => void;
  /** What the next kernels of the project get. Resolves to whether it was taken. */
  choose: (hardware: string) => Promise<boolean>;
  /** Moves the living kernel to another machine now. */
  change: (hardware: string, keepVariables: boolean) => Promise<boolean>;
}

export interface KernelChipProps {
  notebook: string;
  runtime: RuntimeIndex;
  metrics: Readable<Metrics | null>;
  canRun: boolean;
  canChange: boolean;
  /** No command can be given just now. */
  blocked: boolean;
  actions: KernelActions;
  /** Why the kernel is alive and until when. */
  alive?: ReactNode;
}

/** The machine and its session: name, state and what it uses now; opens all there is to know and to do about it. */
export const KernelChip = memo(function KernelChip(props: KernelChipProps) {
  const { notebook, runtime, metrics } = props;
  const kernel = useKernel(runtime);
  const [isOpen, setIsOpen] = useState(false);
  const [history] = useState(() => new History());
  const client = useQueryClient();
  const machines = useQuery(hardwareQuery(notebook));
  const alive = isAlive(kernel.state);
  const isCalm = isAtRest(kernel);

  useEffect(() => history.follow(metrics, () => performance.now()), [history, metrics]);
  useEffect(() => {
    history.clear();
    void client.invalidateQueries({ queryKey: hardwareQuery(notebook).queryKey });
  }, [client, notebook, history, alive, kernel.epoch, kernel.hardware]);
  const isUp = kernel.state === "idle" || kernel.state === "busy";
  useEffect(() => {
    if (isUp) void client.invalidateQueries({ queryKey: hardwareQuery(notebook).queryKey });
  }, [client, notebook, isUp]);

  const next = machines.data?.chosen ?? machines.data?.usual;
  const id = alive ? kernel.hardware : (next ?? kernel.hardware);
  const known = machines.data?.items.find((each) => each.id === id)?.label;
  const name = (alive ? machines.data?.kernel?.label : undefined) ?? known ?? machineName(id);
  return (
    <Popover
      label={t`Machine: ${name}`}
      open={isOpen}
      onOpenChange={setIsOpen}
      className="w-96"
      trigger={
        <button type="button" className="kernel-chip">
          <span className="sr-only">{t`Kernel on`}</span>
          <Dot tone={isCalm ? "off" : TONES[kernel.state]} />
          <span className="kernel-name">{name}</span>
          <span className="kernel-word">{restWord(kernel)}</span>
          {alive && <Usage history={history} />}
          <ChevronDown size={14} aria-hidden className="text-fg3" />
        </button>
      }
    >
      <KernelPanel {...props} name={name} history={history} close={() => setIsOpen(false)} />
    </Popover>
  );
});

/** Memory and GPU in a few characters, written without React every time they come. */
function Usage({ history }: { history: History }) {
  const memory = useRef<HTMLSpanElement>(null);
  const gpu = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      const now = history.samples[history.samples.length - 1]?.metrics;
      if (memory.current === null || gpu.current === null) return;
      const uses = now?.gpus.map((each) => each.use).filter((use) => use !== null) ?? [];
      const share = uses.length === 0 ? null : Math.max(...uses);
      write(memory.current, now && memoryText(now.memory), now?.memory_limit ? now.memory / now.memory_limit : null);
      write(gpu.current, share === null ? undefined : `GPU ${Math.round(share * 100)} %`, share);
    };
    show();
    return history.subscribe(show);
  }, [history]);
  return (
    <>
      <span ref={memory} className="kernel-usage figures" />
      <span ref={gpu} className="kernel-usage figures" />
    </>
  );
}

/** Words over a bar; without words, nothing is to be seen. */
function write(node: HTMLSpanElement, words: string | undefined, share: number | null): void {
  node.textContent = words ?? "";
  node.toggleAttribute("data-limited", share !== null);
  node.toggleAttribute("data-full", share !== null && share >= 0.9);
  node.style.setProperty("--share", `${Math.round(Math.max(0, Math.min(1, share ?? 0)) * 100)}%`);
}
