import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Cpu, ListRestart, Play, Power, RotateCcw, Square } from "lucide-react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Dot } from "../ui/Dot";
import { Spinner } from "../ui/Spinner";
import { useNow } from "../ui/Time";
import { amountText, sizeParts } from "../model/hardware";
import { isAlive, isAtRest, type Kernel, restWord } from "../model/kernel";
import { durationText } from "../model/time";
import type { Schemas } from "../wire/http";
import { hardwareQuery } from "../wire/queries";
import { Elapsed } from "./Elapsed";
import { Figures } from "./Figures";
import type { History } from "./history";
import type { KernelActions, KernelChipProps } from "./KernelChip";
import { MachineList } from "./MachineList";
import { TONES } from "./tones";
import { useKernel } from "./useKernel";

const MIB = 1024 * 1024;
const FREE_EVERY_MS = 5_000;

export interface KernelPanelProps extends KernelChipProps {
  name: string;
  history: History;
  close: () => void;
}

/** All about the machine of a notebook: what it uses, what it costs, what can be done with it, and the others. */
export function KernelPanel(props: KernelPanelProps) {
  const { notebook, runtime, metrics, canRun, canChange, blocked, actions, alive: why, name, history, close } = props;
  const kernel = useKernel(runtime);
  const machines = useQuery({ ...hardwareQuery(notebook), refetchInterval: FREE_EVERY_MS });
  const alive = isAlive(kernel.state);
  const isCalm = isAtRest(kernel);
  const row = machines.data?.kernel ?? null;
  const next = machines.data?.chosen ?? machines.data?.usual ?? null;
  const id = alive ? kernel.hardware : next;
  const machine = machines.data?.items.find((each) => each.id === id) ?? null;
  const size = machine === null ? "" : sizeParts(machine).join(" · ");
  return (
    <div className="kernel-panel">
      <div className="kernel-machine">
        <span className="kernel-mark">
          <Cpu size={18} aria-hidden />
        </span>
        <span className="min-w-0 flex-1">
          <strong className="truncate">{name}</strong>
          <small>{[size, alive ? kernel.language : ""].filter((part) => part !== "").join(" · ")}</small>
        </span>
        <span className="kernel-state">
          <Dot tone={isCalm ? "off" : TONES[kernel.state]} />
          {restWord(kernel)}
        </span>
      </div>

      <Starting kernel={kernel} since={row?.created_at ?? null} canRun={canRun} blocked={blocked} actions={actions} />
      {(kernel.state === "dead" || isCalm) && (
        <Banner tone={isCalm ? "info" : "err"}>
          {kernel.death?.cause === "hardware_lost" && <strong>{t`The machine is lost.`} </strong>}
          {kernel.death?.reason ?? t`The kernel ended.`}
        </Banner>
      )}
      {kernel.state === "none" && <p className="kernel-note">{t`Starts when you run a cell.`}</p>}
      {(kernel.state === "idle" || kernel.state === "busy" || kernel.state === "reconnecting") && (
        <>
          <Figures
            history={history}
            metrics={metrics}
            cpus={machine?.cpus ?? null}
            memory={machine?.memory_mib == null ? null : machine.memory_mib * MIB}
          />
          {row !== null && <Facts row={row} />}
          {why}
        </>
      )}

      {canRun && <Actions kernel={kernel} blocked={blocked} actions={actions} close={close} />}
      {canChange ? (
        <MachineList
          machines={machines}
          current={alive ? kernel.hardware : null}
          currentName={name}
          notebook={notebook}
          state={kernel.state}
          alive={alive && kernel.state !== "starting"}
          blocked={blocked}
          actions={actions}
          close={close}
        />
      ) : (
        <p className="kernel-foot-note">{t`An admin of the project can change the machine.`}</p>
      )}
    </div>
  );
}

/** A start that takes its time: what it waits for, for how long already, and the way out. */
function Starting({
  kernel,
  since,
  canRun,
  blocked,
  actions,
}: {
  kernel: Kernel;
  since: string | null;
  canRun: boolean;
  blocked: boolean;
  actions: KernelActions;
}) {
  if (kernel.state !== "starting" && kernel.state !== "restarting") return null;
  return (
    <div className="kernel-starting">
      <Spinner />
      <span className="min-w-0 flex-1">
        <span role="status">{kernel.progress === "" ? t`The kernel is starting.` : kernel.progress}</span>
        {since !== null && <Elapsed since={since} />}
      </span>
      {canRun && kernel.state === "starting" && (
        <Button size="small" disabled={blocked} onClick={actions.cancelStart}>{t`Cancel`}</Button>
      )}
    </div>
  );
}

function Facts({ row }: { row: Schemas["HardwareKernel"] }) {
  const now = useNow();
  const facts: string[] = [];
  if (row.running_since !== null) {
    const ms = Math.max(0, now.getTime() - new Date(row.running_since).getTime());
    facts.push(ms < 60_000 ? t`Up for less than a minute` : t`Up ${durationText(ms)}`);
    if (row.price_per_hour !== null) facts.push(t`${amountText((row.price_per_hour * ms) / 3_600_000)} so far`);
  }
  if (row.started_by !== null) facts.push(t`started by ${row.started_by.display_name}`);
  return <p className="kernel-facts figures">{facts.join(" · ")}</p>;
}

function Actions({
  kernel,
  blocked,
  actions,
  close,
}: {
  kernel: Kernel;
  blocked: boolean;
  actions: KernelActions;
  close: () => void;
}) {
  const then = (act: () => void) => () => {
    close();
    act();
  };
  if (!isAlive(kernel.state)) {
    return (
      <div className="kernel-actions">
        <Button icon={Play} size="small" disabled={blocked} onClick={actions.start}>
          {kernel.state === "dead" ? t`Start again` : t`Start now`}
        </Button>
      </div>
    );
  }
  if (kernel.state === "starting" || kernel.state === "stopping") return null;
  return (
    <div className="kernel-actions">
      <Button
        icon={Square}
        size="small"
        disabled={blocked || kernel.state !== "busy"}
        onClick={actions.interrupt}
      >{t`Stop what runs`}</Button>
      <Button
        icon={RotateCcw}
        size="small"
        disabled={blocked}
        onClick={then(() => actions.restart(false))}
      >{t`Restart…`}</Button>
      <Button
        icon={ListRestart}
        size="small"
        disabled={blocked}
        onClick={then(() => actions.restart(true))}
      >{t`Restart and run all…`}</Button>
      <Button icon={Power} size="small" disabled={blocked} onClick={then(actions.stop)}>{t`End this session…`}</Button>
    </div>
  );
}
