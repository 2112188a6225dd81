import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { memoryText } from "../model/hardware";
import { useReadable } from "../model/use";
import type { Metrics } from "../wire/messages";
import type { Readable } from "../wire/store";
import { area, sparkline, type History } from "./history";

const SIZE = [160, 36] as const;

/** What a figure shows of a sample: a value, the value at the upper edge, and both in words. */
interface Reading {
  value: (now: Metrics) => number | null;
  most: (now: Metrics) => number;
  say: (now: Metrics) => string;
}

const CPU = (cpus: number | null): Reading => ({
  value: (now) => now.cpu,
  most: (now) => cpus ?? Math.max(1, Math.ceil(now.cpu)),
  say: (now) => (cpus === null ? now.cpu.toFixed(1) : t`${now.cpu.toFixed(1)} of ${cpus}`),
});

const MEMORY = (limit: number | null): Reading => ({
  value: (now) => now.memory,
  most: (now) => now.memory_limit ?? limit ?? Math.max(1024 ** 3, now.memory * 1.25),
  say: (now) => {
    const most = now.memory_limit ?? limit;
    return most === null ? memoryText(now.memory) : t`${memoryText(now.memory)} of ${memoryText(most)}`;
  },
});

const GPU = (index: number): Reading => ({
  value: (now) => now.gpus[index]?.use ?? null,
  most: () => 1,
  say: (now) => {
    const use = now.gpus[index]?.use ?? null;
    return use === null ? t`no figures` : `${Math.round(use * 100)} %`;
  },
});

const GPU_MEMORY = (index: number): Reading => ({
  value: (now) => now.gpus[index]?.memory ?? null,
  most: (now) => now.gpus[index]?.memory_total ?? 1,
  say: (now) => {
    const gpu = now.gpus[index];
    if (gpu?.memory == null) return t`no figures`;
    return gpu.memory_total == null
      ? memoryText(gpu.memory)
      : t`${memoryText(gpu.memory)} of ${memoryText(gpu.memory_total)}`;
  },
});

export interface FiguresProps {
  history: History;
  metrics: Readable<Metrics | null>;
  /** The limits of the machine, where it has any. */
  cpus: number | null;
  memory: number | null;
}

/** What the kernel uses now and used in the last minute. */
export function Figures({ history, metrics, cpus, memory }: FiguresProps) {
  const names = useReadable(
    metrics,
    (now) => now?.gpus.map((gpu) => gpu.name) ?? null,
    (a, b) => a?.join("\n") === b?.join("\n") && (a === null) === (b === null),
  );
  if (names === null) return <p className="kernel-note">{t`Waiting for the first figures…`}</p>;
  return (
    <div className="figures-grid figures">
      <Figure label={t`CPU`} history={history} reading={CPU(cpus)} />
      <Figure label={t`Memory`} history={history} reading={MEMORY(memory)} />
      {names.map((name, index) => (
        <GpuFigures key={index} name={name} index={index} history={history} alone={names.length === 1} />
      ))}
    </div>
  );
}

function GpuFigures({
  name,
  index,
  history,
  alone,
}: {
  name: string;
  index: number;
  history: History;
  alone: boolean;
}) {
  const called = alone ? "GPU" : `GPU ${index}`;
  return (
    <>
      <Figure label={called} title={name} history={history} reading={GPU(index)} compact={!alone} />
      <Figure label={t`${called} memory`} title={name} history={history} reading={GPU_MEMORY(index)} compact={!alone} />
    </>
  );
}

/** One figure with its minute, or without where there are many. Each sample is drawn without React. */
function Figure({
  label,
  title,
  history,
  reading,
  compact = false,
}: {
  label: string;
  title?: string;
  history: History;
  reading: Reading;
  compact?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLSpanElement>(null);
  const line = useRef<SVGPathElement>(null);
  const fill = useRef<SVGPathElement>(null);
  useEffect(() => {
    const draw = (): void => {
      const last = history.samples[history.samples.length - 1];
      if (last === undefined || box.current === null) return;
      const most = Math.max(...history.samples.map((sample) => reading.most(sample.metrics)));
      const path = sparkline(history.samples, reading.value, most, last.at, SIZE);
      line.current?.setAttribute("d", path);
      fill.current?.setAttribute("d", area(path, SIZE));
      const said = reading.say(last.metrics);
      if (words.current !== null) words.current.textContent = said;
      const percent = Math.round(Math.min(1, (reading.value(last.metrics) ?? 0) / most) * 100);
      box.current.style.setProperty("--share", `${percent}%`);
      box.current.toggleAttribute("data-full", percent >= 90);
      box.current.setAttribute("aria-valuenow", String(percent));
      box.current.setAttribute("aria-valuetext", said);
    };
    draw();
    return history.subscribe(draw);
  });
  return (
    <div
      ref={box}
      role="meter"
      aria-label={label}
      aria-valuenow={0}
      aria-valuemin={0}
      aria-valuemax={100}
      title={title}
      className="figure"
    >
      <span className="figure-words">
        <span>{label}</span>
        <span ref={words} className="figure-value" />
      </span>
      {!compact && (
        <svg viewBox={`0 0 ${SIZE[0]} ${SIZE[1]}`} preserveAspectRatio="none" aria-hidden>
          <path ref={fill} className="figure-area" />
          <path ref={line} className="figure-line" vectorEffect="non-scaling-stroke" />
        </svg>
      )}
      <span className="figure-bar" />
    </div>
  );
}
