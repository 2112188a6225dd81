import { ChevronDown, Cpu, ListRestart, Play, Power, RotateCcw, Square } from "lucide-react";
import { memo, useEffect, useRef, useSyncExternalStore } from "react";
import { Dot, type DotTone } from "../ui/Dot";
import { Menu, MenuHeading, MenuItem, MenuSeparator } from "../ui/Menu";
import { isAlive, kernelWord, machineName, type KernelState } from "../model/kernel";
import type { RuntimeIndex } from "../model/index";
import { momentText, sizeText } from "../model/time";
import type { Metrics } from "../wire/messages";
import type { Readable } from "../wire/store";
import { useKernel } from "./useKernel";

export interface KernelActions {
  interrupt: () => void;
  /** Asks first: variables are lost. */
  restart: (runAll: boolean) => void;
  start: () => void;
  stop: () => void;
}

export interface KernelChipProps {
  runtime: RuntimeIndex;
  metrics: Readable<Metrics | null>;
  canRun: boolean;
  /** No command can be given just now. */
  blocked: boolean;
  actions: KernelActions;
}

const TONES: Record<KernelState, DotTone> = {
  none: "off",
  starting: "busy",
  idle: "ok",
  busy: "busy",
  restarting: "busy",
  reconnecting: "warn",
  stopping: "warn",
  dead: "err",
};

/** The machine and its session: state, name and what it uses now; opens the commands for it. */
export const KernelChip = memo(function KernelChip({ runtime, metrics, canRun, blocked, actions }: KernelChipProps) {
  const kernel = useKernel(runtime);
  const alive = isAlive(kernel.state);
  const name = machineName(kernel.hardware);
  return (
    <Menu
      trigger={
        <button type="button" className="kernel-chip">
          <span className="sr-only">Kernel on {name}: </span>
          <Dot tone={TONES[kernel.state]} />
          <span className="kernel-word">{kernelWord(kernel.state)}</span>
          {alive && <Usage metrics={metrics} />}
          <ChevronDown size={14} aria-hidden className="text-fg3" />
        </button>
      }
    >
      <MenuHeading>
        <span className="kernel-machine">
          <Cpu size={16} aria-hidden />
          <span>
            <strong>{name}</strong>
            <small>
              {kernel.language === "" ? "Python" : kernel.language}
              {alive && kernel.startedAt !== null && `, since ${momentText(kernel.startedAt, new Date())}`}
            </small>
          </span>
        </span>
        {alive && <Meters metrics={metrics} />}
        {!alive && (
          <p className="kernel-note">
            {kernel.state === "dead" ? (kernel.death?.reason ?? "The kernel ended.") : "Starts when you run a cell."}
          </p>
        )}
      </MenuHeading>
      {canRun && (
        <>
          <MenuSeparator />
          {alive ? (
            <>
              <MenuItem
                icon={Square}
                keys={["I", "I"]}
                disabled={blocked || kernel.state !== "busy"}
                onSelect={actions.interrupt}
              >
                Stop what runs
              </MenuItem>
              <MenuItem icon={RotateCcw} keys={["0", "0"]} disabled={blocked} onSelect={() => actions.restart(false)}>
                Restart…
              </MenuItem>
              <MenuItem icon={ListRestart} disabled={blocked} onSelect={() => actions.restart(true)}>
                Restart and run all…
              </MenuItem>
              <MenuItem icon={Power} disabled={blocked} onSelect={actions.stop}>
                End this session…
              </MenuItem>
            </>
          ) : (
            <MenuItem icon={Play} disabled={blocked} onSelect={actions.start}>
              Start now
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  );
});

/** Memory in words, written without React every time it comes. */
function Usage({ metrics }: { metrics: Readable<Metrics | null> }) {
  const node = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      const now = metrics.get();
      if (node.current !== null) node.current.textContent = now === null ? "" : sizeText(now.memory);
    };
    show();
    return metrics.subscribe(show);
  }, [metrics]);
  return <span ref={node} className="kernel-usage figures" />;
}

function Meters({ metrics }: { metrics: Readable<Metrics | null> }) {
  const now = useSyncExternalStore(metrics.subscribe, metrics.get);
  if (now === null) return <p className="kernel-note">Waiting for figures…</p>;
  const limit = now.memory_limit;
  return (
    <dl className="kernel-meters figures">
      <dt>CPU</dt>
      <dd>
        <Meter share={Math.min(1, now.cpu)} label="CPU" />
        {now.cpu.toFixed(1)} {now.cpu >= 1.05 ? "cores" : "core"}
      </dd>
      <dt>Memory</dt>
      <dd>
        {limit !== null && <Meter share={now.memory / limit} label="Memory" />}
        {sizeText(now.memory)}
        {limit !== null && ` of ${sizeText(limit)}`}
      </dd>
    </dl>
  );
}

function Meter({ share, label }: { share: number; label: string }) {
  const percent = Math.round(Math.max(0, Math.min(1, share)) * 100);
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className="kernel-meter"
      data-full={percent >= 90 || undefined}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
