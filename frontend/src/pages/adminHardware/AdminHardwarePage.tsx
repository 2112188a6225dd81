import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Cpu, FileUp, Plus } from "lucide-react";
import { useState } from "react";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { sizeParts } from "../../model/hardware";
import { api } from "../../wire/api";
import { reasonOf, type HardwareCatalogue, type HardwareClass, type Me, type NewHardwareClass } from "../../wire/http";
import { catalogueQuery, groupsQuery, usersQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { ClassCard } from "./ClassCard";
import { ClassDialog, type Editing } from "./ClassDialog";
import { copyOf, draftOf, newDraft } from "./draft";
import { ImportDialog } from "./ImportDialog";

export default function AdminHardwarePage() {
  return <SignedIn>{(me) => <Hardware me={me} />}</SignedIn>;
}

const LEAD = t`The machines that people choose from: what a kernel may use there, what it costs, and who may take it.`;

function Hardware({ me }: { me: Me }) {
  const catalogue = useQuery(catalogueQuery);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [isImporting, setIsImporting] = useState(false);
  if (catalogue.isError && catalogue.data === undefined) {
    return (
      <AdminShell title={t`Hardware`} me={me}>
        <Problem error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      </AdminShell>
    );
  }
  const add = (): void => setEditing({ kind: "new", draft: newDraft(catalogue.data?.engines[0]?.name ?? "local") });
  return (
    <AdminShell
      title={t`Hardware`}
      lead={LEAD}
      me={me}
      actions={
        <>
          <Button icon={FileUp} onClick={() => setIsImporting(true)}>{t`Import a file`}</Button>
          <Button kind="primary" icon={Plus} onClick={add}>{t`Add a class`}</Button>
        </>
      }
    >
      {catalogue.data === undefined ? (
        <Loading label={t`Loading the hardware classes`}>
          <div className="space-y-3">
            <Skeleton className="h-24 w-full rounded-card" />
            <Skeleton className="h-24 w-full rounded-card" />
          </div>
        </Loading>
      ) : catalogue.data.items.length === 0 ? (
        <Empty catalogue={catalogue.data} onAdd={setEditing} />
      ) : (
        <Classes catalogue={catalogue.data} onEdit={setEditing} />
      )}
      {editing !== null && catalogue.data !== undefined && (
        <ClassDialog
          key={editing.kind === "change" ? editing.of.id : editing.draft.id}
          editing={editing}
          catalogue={catalogue.data}
          onClose={() => setEditing(null)}
        />
      )}
      <ImportDialog open={isImporting} onOpenChange={setIsImporting} isEmpty={catalogue.data?.items.length === 0} />
    </AdminShell>
  );
}

/** Without a catalogue: what people get meanwhile, and the way to begin with exactly that. */
function Empty({ catalogue, onAdd }: { catalogue: HardwareCatalogue; onAdd: (editing: Editing) => void }) {
  const first = catalogue.offered[0];
  return (
    <div className="rounded-card border border-line bg-card shadow-low">
      <EmptyState
        icon={Cpu}
        title={t`No classes yet`}
        actions={
          first !== undefined && (
            <Button onClick={() => onAdd({ kind: "new", draft: { ...draftOf(first), cpus: "" } })}>
              {t`Begin with ${first.label.toLowerCase()}`}
            </Button>
          )
        }
      >
        <Trans>
          Until there is one, everybody gets {first === undefined ? t`nothing` : `“${first.label}”`}
          {first !== undefined && sizeParts(first).length > 0 && ` (${sizeParts(first).join(", ")})`}, without limits.
          From the first class on, only this list counts.
        </Trans>
      </EmptyState>
    </div>
  );
}

function Classes({ catalogue, onEdit }: { catalogue: HardwareCatalogue; onEdit: (editing: Editing) => void }) {
  const client = useQueryClient();
  const users = useQuery(usersQuery);
  const groups = useQuery(groupsQuery);
  const [leaving, setLeaving] = useState<HardwareClass | null>(null);
  const { items } = catalogue;
  const order = items.map((each) => each.id);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: catalogueQuery.queryKey });
  const failed = (error: unknown): void => toastError(reasonOf(error));

  const arrange = useMutation({
    mutationFn: api.arrangeClasses,
    onMutate: (wanted: string[]) => {
      const sorted = wanted.flatMap((id) => items.filter((each) => each.id === id));
      client.setQueryData(catalogueQuery.queryKey, { ...catalogue, items: sorted });
    },
    onError: failed,
    onSettled: refresh,
  });
  const change = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) => api.changeClass(id, { enabled }),
    onError: failed,
    onSettled: refresh,
  });
  const restore = async (of: HardwareClass): Promise<void> => {
    try {
      await api.makeClass(asNew(of));
      await api.arrangeClasses(order);
      toast(t`${of.label} is back.`);
    } catch (error) {
      failed(error);
    }
    await refresh();
  };
  const remove = useMutation({
    mutationFn: (of: HardwareClass) => api.removeClass(of.id),
    onSuccess: (removed, of) =>
      toastUndo(t`${of.label} is deleted.${removed.living > 0 ? ` ${removed.note}` : ""}`, () => void restore(of)),
    onError: failed,
    onSettled: refresh,
  });
  const move = (from: number, to: number): void => {
    const wanted = [...order];
    wanted.splice(to, 0, ...wanted.splice(from, 1));
    arrange.mutate(wanted);
  };
  const first = items.find((each) => each.enabled);
  return (
    <>
      {first === undefined && (
        <div className="mb-4">
          <Banner tone="warn">{t`Every class is switched off: no new kernel can start.`}</Banner>
        </div>
      )}
      <ul aria-label={t`Hardware classes`} className="space-y-3">
        {items.map((each, index) => (
          <ClassCard
            key={each.id}
            of={each}
            isUsual={each.id === first?.id}
            users={users.data ?? []}
            groups={groups.data ?? []}
            onEdit={() => onEdit({ kind: "change", of: each, draft: draftOf(each) })}
            onCopy={() => onEdit({ kind: "new", draft: copyOf(each, new Set(order)) })}
            onSwitch={() => change.mutate({ id: each.id, enabled: !each.enabled })}
            onUp={index === 0 ? null : () => move(index, index - 1)}
            onDown={index === items.length - 1 ? null : () => move(index, index + 1)}
            onDelete={() => (each.living > 0 ? setLeaving(each) : remove.mutate(each))}
          />
        ))}
      </ul>
      {leaving !== null && (
        <ConfirmDialog
          open
          danger
          title={t`Delete ${leaving.label}?`}
          action="Delete"
          onOpenChange={() => setLeaving(null)}
          onConfirm={() => {
            remove.mutate(leaving);
            setLeaving(null);
          }}
        >
          {t`${plural(leaving.living, { one: "# kernel runs", other: "# kernels run" })} on it. They go on until they end, but no new one starts, and projects that have chosen this class must choose another one.`}
        </ConfirmDialog>
      )}
    </>
  );
}

function asNew(of: HardwareClass): NewHardwareClass {
  const body: Partial<HardwareClass> = { ...of };
  delete body.living;
  delete body.never;
  return body as NewHardwareClass;
}
