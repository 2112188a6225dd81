import { t } from "@lingui/core/macro";
import { FileText, RefreshCw, RotateCcw } from "lucide-react";
import { useState } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem } from "../ui/Menu";
import { Select } from "../ui/Select";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toastUndo } from "../ui/Toast";
import { reasonOf } from "../wire/http";
import { DoubtDialog } from "./DoubtDialog";
import { AddPackages } from "./AddPackages";
import { HistoryList } from "./HistoryList";
import { Imported } from "./Imported";
import { JobRow } from "./JobRow";
import { PackageTable } from "./PackageTable";
import { Requests } from "./Requests";
import { useChanges, useEnvironment, useUnused, useWish, wishes, type Doubt, type Wish } from "./useEnvironment";
import { fromJob, isOpen, type Environment } from "./words";
import "./packages.css";

/** The Python of a project: what is declared, what is installed, what changed, and how to change it. */
export function EnvironmentPanel({ project, mayChange }: { project: string; mayChange: boolean }) {
  const environment = useEnvironment(project);
  if (environment.data !== undefined)
    return <Loaded project={project} environment={environment.data} mayChange={mayChange} />;
  if (environment.isError) return <Banner tone="err">{reasonOf(environment.error)}</Banner>;
  return (
    <Loading label={t`Loading the environment`}>
      <div className="space-y-3">
        <Skeleton className="h-10 w-full" />
        <Skeleton className="h-44 w-full" />
      </div>
    </Loading>
  );
}

function Loaded({
  project,
  environment,
  mayChange,
}: {
  project: string;
  environment: Environment;
  mayChange: boolean;
}) {
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const [dismissed, setDismissed] = useState("");
  const { begin, cancel } = useChanges(project, setDoubt);
  const unused = useUnused(project);
  const wish = wishes(project);
  const canChange = mayChange && environment.fixed === null;
  const job = environment.job === null ? null : fromJob(environment.job);

  const start = async (what: Wish, word: { confirmed?: boolean; builds?: boolean } = {}): Promise<boolean> => {
    try {
      await begin.mutateAsync({ wish: what, ...word });
      return true;
    } catch {
      return false; // told by the mutation
    }
  };
  const goBack = (state: string): void => void start(wish.act("rollback", { state }));
  const remove = async (name: string): Promise<void> => {
    const before = environment.history.find((state) => state.current)?.id;
    if ((await start(wish.remove(name))) && before !== undefined)
      toastUndo(t`${name} is being removed.`, () => goBack(before));
  };
  const again = useWish(job?.id ?? null);

  return (
    <div className="environment space-y-6">
      <Head
        environment={environment}
        onPython={canChange ? (version) => void start(wish.act("python", { version })) : undefined}
        onUpgradeAll={canChange ? () => void start(wish.act("upgrade")) : undefined}
        onReproduce={canChange ? () => void start(wish.act("reproduce")) : undefined}
      />
      {environment.fixed !== null && <Banner>{t`${environment.fixed} Packages cannot be changed here.`}</Banner>}
      {canChange && <AddPackages busy={begin.isPending} onAdd={(lines) => start(wish.install(lines))} />}
      {job !== null && job.id !== dismissed && (job.state !== "cancelled" || job.id === cancel.variables) && (
        <JobRow
          job={job}
          onCancel={canChange && isOpen(job) ? () => cancel.mutate(job.id) : undefined}
          isCancelling={cancel.isPending}
          onDismiss={() => setDismissed(job.id)}
          onBuild={canChange && again !== null ? () => void start(again, { builds: true }) : undefined}
          onRetry={canChange && again !== null ? () => void start(again) : undefined}
        />
      )}
      <Requests project={project} mayChange={mayChange} />
      <Imported project={project} mayChange={canChange} />
      <Declared environment={environment} onSync={canChange ? () => void start(wish.act("sync")) : undefined} />
      <PackageTable
        packages={environment.packages}
        unused={unused}
        size={environment.size}
        actions={
          canChange
            ? { upgrade: (name) => void start(wish.upgrade(name)), remove: (name) => void remove(name) }
            : undefined
        }
      />
      {environment.history.length > 0 && (
        <HistoryList states={environment.history} onBack={canChange ? (state) => goBack(state.id) : undefined} />
      )}
      {!mayChange && (
        <p className="text-[13px] text-fg3">{t`Collaborators, admins and owners of the project can change packages.`}</p>
      )}
      <DoubtDialog
        doubt={doubt}
        onClose={() => setDoubt(null)}
        onInstall={(wish) => void start(wish, { confirmed: true })}
      />
    </div>
  );
}

const LOCKS = {
  none: t`No requirements.txt yet: installing writes it.`,
  fresh: t`requirements.txt and its lock are what is installed.`,
  stale: t`requirements.txt asks for something else than is installed.`,
};

function Head({
  environment,
  onPython,
  onUpgradeAll,
  onReproduce,
}: {
  environment: Environment;
  onPython: ((version: string) => void) | undefined;
  onUpgradeAll: (() => void) | undefined;
  onReproduce: (() => void) | undefined;
}) {
  const { version, available } = environment.python;
  const minor = version.split(".").slice(0, 2).join(".");
  const isLocked = environment.lock === "fresh";
  const isBusy = environment.job !== null && isOpen(fromJob(environment.job));
  return (
    <div className="flex items-center gap-3">
      <div className="min-w-0 flex-1">
        <p className="text-[16px] leading-6 font-semibold">{t`Python ${version}`}</p>
        <p className="text-[13px] text-fg2">{LOCKS[environment.lock]}</p>
      </div>
      {onPython !== undefined && available.length > 1 && (
        <Select
          label={t`Python version`}
          value={minor}
          disabled={isBusy}
          onChange={(next) => next !== minor && onPython(next)}
          options={available.map((each) => ({ value: each, label: t`Python ${each}` }))}
        />
      )}
      {onUpgradeAll !== undefined && (
        <Menu trigger={<IconButton icon={RefreshCw} label={t`Change the whole environment`} />}>
          <MenuItem icon={RefreshCw} onSelect={onUpgradeAll}>{t`Upgrade everything`}</MenuItem>
          <MenuItem
            icon={RotateCcw}
            disabled={!isLocked}
            onSelect={() => onReproduce?.()}
          >{t`Rebuild from the lock`}</MenuItem>
        </Menu>
      )}
    </div>
  );
}

function Declared({ environment, onSync }: { environment: Environment; onSync: (() => void) | undefined }) {
  const [problem] = environment.problems;
  if (problem !== undefined) return <Banner tone="warn">{problem}</Banner>;
  if (environment.lock !== "stale") return null;
  const missing = environment.declared.filter((line) => line.installed === null && line.name !== null);
  return (
    <Banner
      tone="warn"
      actions={
        onSync !== undefined && <Button size="small" icon={FileText} onClick={onSync}>{t`Install what it says`}</Button>
      }
    >
      {missing.length > 0
        ? t`requirements.txt names ${missing.map((line) => line.name).join(", ")}, not installed here.`
        : t`requirements.txt was changed since the last install.`}
    </Banner>
  );
}
