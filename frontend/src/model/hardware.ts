/** Hardware classes in words: sizes, prices, what is free. Pure. */

import { plural, t } from "@lingui/core/macro";
import { asOne } from "../i18n/start";
import type { components } from "../wire/types";

type Sized = Pick<components["schemas"]["HardwareClass"], "cpus" | "memory_mib" | "gpus" | "gpu_type">;
type Free = Pick<components["schemas"]["Hardware"], "free" | "total" | "queue" | "reason">;

const MIB = 1024 * 1024;

/** A share of memory in binary units, as limits are given: 640 KiB, 312 MiB, 1.4 GiB. */
export function memoryText(bytes: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const shown = value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
  return asOne(`${shown.replace(/\.0$/, "")} ${units[unit] ?? ""}`);
}

export const mibText = (mib: number): string => memoryText(mib * MIB);

export const cpuText = (cpus: number): string =>
  `${Number(cpus.toFixed(2))} ${plural(cpus, { one: "CPU", other: "CPUs" })}`;

export const gpuText = (gpus: number, type: string | null): string =>
  type === null ? `${gpus} ${plural(gpus, { one: "GPU", other: "GPUs" })}` : `${gpus} × ${type}`;

/** The parts of a machine's size; what is not limited is left out. */
export function sizeParts({ cpus, memory_mib: memory, gpus, gpu_type: type }: Sized): string[] {
  const parts: string[] = [];
  if (cpus !== null) parts.push(cpuText(cpus));
  if (memory !== null) parts.push(mibText(memory));
  if (gpus > 0) parts.push(gpuText(gpus, type));
  return parts;
}

type Takeable = Pick<components["schemas"]["Hardware"], "id" | "label" | "memory_mib" | "can_take">;

/** The smallest machine with more memory than `bytes` that one may take; null if there is none. */
export function nextLarger<Machine extends Takeable>(machines: readonly Machine[], bytes: number): Machine | null {
  const room = (machine: Machine): number => (machine.memory_mib === null ? Infinity : machine.memory_mib * MIB);
  const larger = machines.filter((machine) => machine.can_take && room(machine) > bytes);
  return larger.sort((a, b) => room(a) - room(b))[0] ?? null;
}

/** An amount without a currency, which every site knows for itself: 2.50, 0.04, 0.002. */
export function amountText(amount: number): string {
  if (amount !== 0 && amount < 0.01) return amount < 0.0005 ? t`under 0.001` : amount.toFixed(3);
  return amount.toFixed(2);
}

export const priceText = (price: number | null): string =>
  price === null ? "" : price === 0 ? t`free of charge` : t`${amountText(price)} an hour`;

/** What is free of a class; empty where nobody can tell. */
export function freeText({ free, total, queue, reason }: Free): string {
  if (free === null && reason !== "") return t`free: unknown`;
  if (free === null) return queue > 0 ? waiting(queue) : "";
  if (free > 0) return total === null ? t`${free} free` : t`${free} of ${total} free`;
  return queue > 0 ? t`none free, ${waiting(queue)}` : t`none free now`;
}

const waiting = (queue: number): string => plural(queue, { one: "# is waiting", other: "# are waiting" });
