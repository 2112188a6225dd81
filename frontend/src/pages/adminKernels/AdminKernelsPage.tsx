import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorDot } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Dot, type DotTone } from "../../ui/Dot";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { Time, useNow } from "../../ui/Time";
import { toast, toastError } from "../../ui/Toast";
import { clockText } from "../../model/alive";
import { amountText, memoryText } from "../../model/hardware";
import { api } from "../../wire/api";
import { reasonOf, type Me, type Schemas } from "../../wire/http";
import { kernelsQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";

type Kernel = Schemas["SiteKernel"];
type Warm = Schemas["WarmKernel"];

export default function AdminKernelsPage() {
  return <SignedIn>{(me) => <Kernels me={me} />}</SignedIn>;
}

const LEAD = t`Everything that runs on this server: whose it is, what it really uses, and why it lives.`;

function Kernels({ me }: { me: Me }) {
  const kernels = useQuery(kernelsQuery);
  const [stopping, setStopping] = useState<Kernel | null>(null);
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: (kernel: Kernel) => api.stopKernel(kernel.id),
    onSuccess: (_, kernel) => toast(t`The kernel of ${kernel.notebook_name} is stopping.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: kernelsQuery.queryKey }),
  });
  const nudge = useMutation({
    mutationFn: (kernel: Kernel) => api.nudge(kernel.id),
    onSuccess: ({ reached }, { notebook_name: name }) =>
      toast(reached ? t`Whoever has ${name} open is asked to give the machine back.` : t`Nobody has ${name} open now.`),
    onError: (error) => toastError(reasonOf(error)),
  });
  const end = useMutation({
    mutationFn: (kernel: Warm) => api.stopKernel(kernel.id),
    onSuccess: () => toast(t`It is ended. The project gets no other one for a while.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: kernelsQuery.queryKey }),
  });
  const items = kernels.data?.items;
  const warm = kernels.data?.warm ?? [];
  return (
    <AdminShell title={t`Kernels`} lead={LEAD} me={me}>
      {items === undefined ? (
        kernels.isError ? (
          <Problem error={kernels.error} onRetry={() => void kernels.refetch()} />
        ) : (
          <Loading label={t`Loading the kernels`}>
            <div className="space-y-3">
              <Skeleton className="h-16 w-full rounded-card" />
              <Skeleton className="h-16 w-full rounded-card" />
            </div>
          </Loading>
        )
      ) : items.length + warm.length === 0 ? (
        <div className="rounded-card border border-line bg-card shadow-low">
          <EmptyState
            icon={MonitorDot}
            title={t`Nothing runs`}
          >{t`A kernel starts when somebody runs a cell, and shows here at once.`}</EmptyState>
        </div>
      ) : (
        <>
          <Sums items={items} warm={warm} />
          <div className="rounded-card border border-line bg-card shadow-low">
            <ul aria-label={t`Kernels`} className="divide-y divide-line">
              {items.map((kernel) => (
                <Row
                  key={kernel.id}
                  kernel={kernel}
                  onNudge={() => nudge.mutate(kernel)}
                  onStop={() => setStopping(kernel)}
                />
              ))}
              {warm.map((kernel) => (
                <WarmRow key={kernel.id} kernel={kernel} onEnd={() => end.mutate(kernel)} />
              ))}
            </ul>
          </div>
        </>
      )}
      {stopping !== null && (
        <ConfirmDialog
          open
          danger
          title={t`Stop the kernel of ${stopping.notebook_name}?`}
          action={t`Stop it`}
          onOpenChange={() => setStopping(null)}
          onConfirm={() => {
            stop.mutate(stopping);
            setStopping(null);
          }}
        >{t`Its variables are lost, for everybody in that notebook, and what runs is cut short. Text and outputs stay.`}</ConfirmDialog>
      )}
    </AdminShell>
  );
}

function Sums({ items, warm }: { items: readonly Kernel[]; warm: readonly Warm[] }) {
  const sum = (of: (kernel: Kernel) => number | null): number =>
    items.reduce((total, kernel) => total + (of(kernel) ?? 0), 0);
  const facts: [string, string][] = [
    [t`Kernels`, String(items.length)],
    [t`CPUs in use`, sum((kernel) => kernel.cpu).toFixed(1)],
    [
      t`Memory in use`,
      memoryText(sum((kernel) => kernel.memory) + warm.reduce((total, { memory }) => total + (memory ?? 0), 0)),
    ],
    [t`Price an hour`, amountText(sum((kernel) => (kernel.running_since === null ? 0 : kernel.price_per_hour)))],
  ];
  return (
    <dl className="figures mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-card border border-line bg-line sm:grid-cols-4">
      {facts.map(([name, value]) => (
        <div key={name} className="bg-card px-4 py-3">
          <dt className="text-xs text-fg3">{name}</dt>
          <dd className="text-[17px] leading-6 font-semibold tracking-[-0.01em]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const STATES: Record<string, { tone: DotTone; word: string }> = {
  starting: { tone: "busy", word: t`Starting` },
  restarting: { tone: "busy", word: t`Restarting` },
  restoring: { tone: "busy", word: t`Restoring` },
  idle: { tone: "ok", word: t`Ready` },
  busy: { tone: "busy", word: t`Running` },
  saving: { tone: "warn", word: t`Saving` },
  stopping: { tone: "warn", word: t`Stopping` },
  reconnecting: { tone: "warn", word: t`Reconnecting` },
};

const ROW =
  "grid items-center gap-x-5 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_minmax(0,1fr)_5.5rem]";

function Row({ kernel, onNudge, onStop }: { kernel: Kernel; onNudge: () => void; onStop: () => void }) {
  const now = useNow();
  const state = STATES[kernel.state] ?? { tone: "off" as const, word: kernel.state };
  return (
    <li aria-label={`${kernel.notebook_name}, ${state.word}`} className={ROW}>
      <div className="min-w-0">
        <Link href={`/n/${kernel.notebook}`} className="block truncate font-medium hover:underline">
          {kernel.notebook_name}
        </Link>
        <div className="flex min-w-0 items-center gap-1.5 text-[13px] text-fg2">
          {kernel.started_by !== null && (
            <Avatar name={kernel.started_by.display_name} color={kernel.started_by.color} size="tiny" />
          )}
          <span className="truncate">
            {kernel.started_by?.display_name ?? t`Somebody`}{" "}
            <span className="text-fg3">{t`in ${kernel.project_name}`}</span>
          </span>
        </div>
      </div>
      <div className="min-w-0 text-[13px]">
        <div className="flex items-center gap-2">
          <Dot tone={state.tone} />
          <span className="font-medium">{state.word}</span>
        </div>
        <p className="text-fg2">{kernel.because}</p>
        {kernel.stops_at !== null && <p className="text-fg3">{t`until ${clockText(kernel.stops_at, now)}`}</p>}
      </div>
      <div className="figures min-w-0 text-[13px]">
        <div className="truncate font-medium">{kernel.label}</div>
        <Use kernel={kernel} />
        <p className="text-fg3">
          {kernel.running_since === null ? t`waits since ` : t`since `}
          <Time at={kernel.running_since ?? kernel.created_at} />
          {kernel.cost !== null && ` · ${amountText(kernel.cost)}`}
        </p>
      </div>
      <div className="flex gap-2 sm:flex-col">
        <Button
          size="small"
          kind="ghost"
          title={t`Asks, in the notebook, to give the machine back`}
          aria-label={t`Nudge whoever uses ${kernel.notebook_name}`}
          onClick={onNudge}
        >{t`Nudge`}</Button>
        <Button
          size="small"
          aria-label={t`Stop the kernel of ${kernel.notebook_name}`}
          onClick={onStop}
        >{t`Stop`}</Button>
      </div>
    </li>
  );
}

/** A kernel that nobody has yet: it waits so that somebody's first result comes at once. */
function WarmRow({ kernel, onEnd }: { kernel: Warm; onEnd: () => void }) {
  const word = kernel.is_ready ? t`Warm, waiting` : t`Getting warm`;
  return (
    <li aria-label={t`${word} for ${kernel.project_name}`} className={ROW}>
      <div className="min-w-0">
        <div className="truncate font-medium text-fg2">{t`Nobody’s yet`}</div>
        <div className="truncate text-[13px] text-fg3">{t`for the next notebook in ${kernel.project_name}`}</div>
      </div>
      <div className="min-w-0 text-[13px]">
        <div className="flex items-center gap-2">
          <Dot tone={kernel.is_ready ? "off" : "busy"} />
          <span className="font-medium">{word}</span>
        </div>
        <p className="text-fg2">{t`It ends when nobody has worked in the project for 15 minutes.`}</p>
      </div>
      <div className="figures min-w-0 text-[13px]">
        <div className="truncate font-medium">{kernel.label}</div>
        <p className="text-fg2">{kernel.memory === null ? "" : memoryText(kernel.memory)}</p>
        <p className="text-fg3">
          {t`since`} <Time at={kernel.since} />
        </p>
      </div>
      <div className="flex gap-2 sm:flex-col">
        <Button
          size="small"
          aria-label={t`End the kernel that waits for ${kernel.project_name}`}
          onClick={onEnd}
        >{t`End`}</Button>
      </div>
    </li>
  );
}

function Use({ kernel: { cpu, memory, memory_limit: limit } }: { kernel: Kernel }) {
  if (memory === null) return <p className="text-fg3">{t`no figures yet`}</p>;
  const used = limit === null ? memoryText(memory) : t`${memoryText(memory)} of ${memoryText(limit)}`;
  return (
    <p className={limit !== null && memory / limit > 0.9 ? "text-err" : "text-fg2"}>
      {cpu === null ? "" : `${cpu.toFixed(1)} CPU · `}
      {used}
    </p>
  );
}
