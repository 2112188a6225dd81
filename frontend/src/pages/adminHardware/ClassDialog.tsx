import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Avatar } from "../../ui/Avatar";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { Select } from "../../ui/Select";
import { Switch } from "../../ui/Switch";
import { toast } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type HardwareCatalogue, type HardwareClass } from "../../wire/http";
import { catalogueQuery, groupsQuery, usersQuery } from "../../wire/queries";
import { PickList } from "../shell/PickList";
import { idFrom, parseDraft, SWITCH, type Draft, type FieldName, type Parsed } from "./draft";

/** A class that is made, or one that is changed. */
export type Editing =
  | { readonly kind: "new"; readonly draft: Draft }
  | { readonly kind: "change"; readonly of: HardwareClass; readonly draft: Draft };

const CHECK_AFTER_MS = 300;

type Faults = Partial<Record<string, string>>;

export function ClassDialog({
  editing,
  catalogue,
  onClose,
}: {
  editing: Editing;
  catalogue: HardwareCatalogue;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(editing.draft);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [wasSent, setWasSent] = useState(false);
  const isNew = editing.kind === "new";
  const shapes = catalogue.engines.find((engine) => engine.name === draft.engine)?.options ?? {};
  const parsed = parseDraft(draft, shapes);
  const { faults: checked, never } = useChecked(parsed);
  const taken = isNew && catalogue.items.some((each) => each.id === parsed.body.id);
  const faults: Faults = {
    ...checked,
    ...(taken ? { id: "There is a class of this id. Choose another one." } : {}),
    ...parsed.faults,
  };

  const save = useMutation({
    mutationFn: async () => {
      const { id, ...rest } = parsed.body;
      return isNew ? api.makeClass(parsed.body) : api.changeClass(id, rest);
    },
    onSuccess: async (saved) => {
      onClose();
      toast(
        isNew
          ? t`${saved.label} can be chosen now.`
          : t`${saved.label} is saved. Kernels that run keep what they have.`,
      );
      await client.invalidateQueries({ queryKey: catalogueQuery.queryKey });
    },
  });

  const change = (part: Partial<Draft>, field: FieldName): void => {
    setDraft((was) => ({ ...was, ...part }));
    setTouched((was) => new Set(was).add(field));
  };
  /** A fault shows once its field was touched, or after the first try to save. */
  const fault = (field: FieldName): string | null => (wasSent || touched.has(field) ? (faults[field] ?? null) : null);
  const form: FormProps = { draft, change, fault };
  const send = (): void => {
    setWasSent(true);
    if (Object.keys(faults).length === 0) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title={isNew ? t`Add a hardware class` : t`Change ${editing.of.label}`}
      description={t`What is left empty has no limit.`}
      footer={
        <>
          <p role="alert" className="min-w-0 flex-1 self-center text-[13px] text-err">
            {save.isError
              ? reasonOf(save.error)
              : wasSent && Object.keys(faults).length > 0 && t`Mend the marked fields.`}
          </p>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button kind="primary" busy={save.isPending} onClick={send}>
            {isNew ? t`Add class` : t`Save`}
          </Button>
        </>
      }
    >
      <form
        className="space-y-6"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Names form={form} isNew={isNew} />
        <Size form={form} never={never} />
        <Engine form={form} catalogue={catalogue} shapes={shapes} />
        <Who form={form} />
        <Rules form={form} />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

interface Checked {
  faults: Faults;
  /** Why no kernel of it could ever start. That is no fault: a larger machine may be on its way. */
  never: string | null;
}

/** What the server finds wrong with a class, asked a moment after the last change. */
function useChecked({ body }: Parsed): Checked {
  const [checked, setChecked] = useState<Checked>({ faults: {}, never: null });
  const asked = JSON.stringify(body);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api
        .checkClass(JSON.parse(asked) as Parsed["body"], { signal: stop.signal })
        .then(({ faults: found, never }) => {
          const faults: Faults = {};
          for (const { field, reason } of found) faults[field ?? ""] ??= reason;
          setChecked({ faults, never });
        })
        .catch(() => setChecked({ faults: {}, never: null })); // saving asks again and says what is wrong
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);
  return checked;
}

interface FormProps {
  draft: Draft;
  change: (part: Partial<Draft>, field: FieldName) => void;
  fault: (field: FieldName) => string | null;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-2.5 text-[13px] font-semibold tracking-wide text-fg3 uppercase">{title}</legend>
      {children}
    </fieldset>
  );
}

const GRID = "grid gap-x-4 gap-y-4 sm:grid-cols-2";

function Names({ form: { draft, change, fault }, isNew }: { form: FormProps; isNew: boolean }) {
  const named = (label: string): void => {
    const follows = isNew && (draft.id === "" || draft.id === idFrom(draft.label));
    change({ label, ...(follows ? { id: idFrom(label) } : {}) }, "label");
  };
  return (
    <div className={GRID}>
      <Field label={t`Name`} error={fault("label")}>
        <Input value={draft.label} maxLength={100} onChange={(event) => named(event.target.value)} />
      </Field>
      <Field
        label={t`Id`}
        hint={isNew ? t`For files and scripts; it stays for good.` : t`It stays for good.`}
        error={fault("id")}
      >
        <Input
          value={draft.id}
          disabled={!isNew}
          maxLength={63}
          className="font-mono text-[13px]"
          onChange={(event) => change({ id: event.target.value }, "id")}
        />
      </Field>
      <div className="sm:col-span-2">
        <Field label={t`Description`} hint={t`One sentence for those who choose.`} error={fault("description")}>
          <Input
            value={draft.description}
            maxLength={500}
            onChange={(event) => change({ description: event.target.value }, "description")}
          />
        </Field>
      </div>
    </div>
  );
}

function Size({ form: { draft, change, fault }, never }: { form: FormProps; never: string | null }) {
  return (
    <Part title={t`Size`}>
      <div className={GRID}>
        <Field label={t`CPUs`} hint={t`Also a part of one, such as 0.5.`} error={fault("cpus")}>
          <Input
            inputMode="decimal"
            value={draft.cpus}
            onChange={(event) => change({ cpus: event.target.value }, "cpus")}
          />
        </Field>
        <Field label={t`Memory`} hint={t`As 4 GiB or 512 MiB.`} error={fault("memory_mib")}>
          <Input value={draft.memory} onChange={(event) => change({ memory: event.target.value }, "memory_mib")} />
        </Field>
        <Field label={t`GPUs`} error={fault("gpus")}>
          <Input
            inputMode="numeric"
            value={draft.gpus}
            onChange={(event) => change({ gpus: event.target.value }, "gpus")}
          />
        </Field>
        <Field label={t`GPU type`} hint={t`As the engine calls it, such as a100.`} error={fault("gpu_type")}>
          <Input value={draft.gpuType} onChange={(event) => change({ gpuType: event.target.value }, "gpu_type")} />
        </Field>
        <Field label={t`Price an hour`} hint={t`In whatever your site counts in.`} error={fault("price_per_hour")}>
          <Input
            inputMode="decimal"
            value={draft.price}
            onChange={(event) => change({ price: event.target.value }, "price_per_hour")}
          />
        </Field>
      </div>
      {never !== null && (
        <div className="mt-4">
          <Banner tone="warn" live>
            {never}
          </Banner>
        </div>
      )}
    </Part>
  );
}

function Engine({
  form: { draft, change, fault },
  catalogue,
  shapes,
}: {
  form: FormProps;
  catalogue: HardwareCatalogue;
  shapes: Readonly<Record<string, string>>;
}) {
  const HINTS: Record<string, string> = {
    "a list of texts": t`Several with commas.`,
    "a table of texts": t`As name=value, several with commas.`,
  };
  return (
    <Part title={t`Engine`}>
      <div className={GRID}>
        <Field label={t`Engine`} hint={t`What places the kernel.`} error={fault("engine")}>
          <Select
            label={t`Engine`}
            value={draft.engine}
            onChange={(engine) => change({ engine }, "engine")}
            options={catalogue.engines.map(({ name }) => ({ value: name, label: name }))}
          />
        </Field>
        {Object.entries(shapes).map(
          ([name, shape]) =>
            shape !== SWITCH && (
              <Field key={name} label={`${draft.engine}: ${name.replaceAll("_", " ")}`} hint={HINTS[shape]}>
                <Input
                  value={draft.options[name] ?? ""}
                  onChange={(event) => change({ options: { ...draft.options, [name]: event.target.value } }, "options")}
                />
              </Field>
            ),
        )}
      </div>
      {fault("options") !== null && <p className="mt-2 text-[13px] text-err">{fault("options")}</p>}
    </Part>
  );
}

function Who({ form: { draft, change, fault } }: { form: FormProps }) {
  const users = useQuery(usersQuery);
  const groups = useQuery(groupsQuery);
  const wrong = fault("users") ?? fault("groups");
  return (
    <Part title={t`Who may take it`}>
      <Switch
        label={t`Everybody`}
        hint={t`Off: only the groups and people below. Others see the class and why they cannot take it.`}
        checked={draft.isForAll}
        onChange={(isForAll) => change({ isForAll }, "users")}
      />
      {!draft.isForAll && (
        <div className="mt-4 grid gap-4 sm:grid-cols-2">
          <PickList
            label={t`Groups`}
            all={(groups.data ?? []).map(({ id, name, members }) => ({ id, name, also: t`${members.length} people` }))}
            chosen={draft.groups}
            onChange={(chosen) => change({ groups: chosen }, "users")}
            empty={t`There are no groups yet. Make them under Groups.`}
          />
          <PickList
            label={t`People`}
            all={(users.data ?? []).map((user) => ({
              id: user.id,
              name: user.display_name,
              also: user.name,
              lead: <Avatar name={user.display_name} color={user.color} size="small" />,
            }))}
            chosen={draft.users}
            onChange={(chosen) => change({ users: chosen }, "users")}
            empty={t`Nobody has an account.`}
          />
        </div>
      )}
      {wrong !== null && <p className="mt-2 text-[13px] text-err">{wrong}</p>}
    </Part>
  );
}

function Rules({ form: { draft, change, fault } }: { form: FormProps }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Part title={t`Rules`}>
      <div className={GRID}>
        <Field label={t`Kernels a person`} hint={t`At the same time.`} error={fault("max_per_user")}>
          <Input
            inputMode="numeric"
            value={draft.maxPerUser}
            onChange={(event) => change({ maxPerUser: event.target.value }, "max_per_user")}
          />
        </Field>
        <Field label={t`Stops when idle for`} hint={t`As 30 min or 2 h.`} error={fault("idle_after_s")}>
          <Input
            value={draft.idleAfter}
            onChange={(event) => change({ idleAfter: event.target.value }, "idle_after_s")}
          />
        </Field>
        <Field label={t`Longest life`} hint={t`As 12 h or 2 d, busy or not.`} error={fault("max_life_s")}>
          <Input value={draft.maxLife} onChange={(event) => change({ maxLife: event.target.value }, "max_life_s")} />
        </Field>
      </div>
      <div className="mt-4 space-y-3">
        <Switch
          label={t`End it hard`}
          hint={t`At its longest life a kernel ends even while a cell runs; otherwise the cell may end first.`}
          checked={draft.options["hard_life"] === "true"}
          disabled={draft.maxLife.trim() === ""}
          onChange={(hard) => change({ options: { ...draft.options, hard_life: hard ? "true" : "" } }, "options")}
        />
        <Switch
          label={t`Internet`}
          hint={t`Kernels may reach addresses outside; never the server's own machine.`}
          checked={draft.internet}
          onChange={(internet) => change({ internet }, "internet")}
        />
        <Switch
          label={t`Switched on`}
          hint={t`Off: no new kernel starts; those that run go on.`}
          checked={draft.enabled}
          onChange={(enabled) => change({ enabled }, "enabled")}
        />
      </div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen((was) => !was)}
        className="mt-4 -ms-1 inline-flex h-7 items-center gap-1 rounded-control px-1 font-medium text-fg2 hover:text-fg"
      >
        <ChevronRight
          size={16}
          aria-hidden
          className={isOpen ? "rotate-90 transition-transform" : "transition-transform"}
        />
        {t`More limits`}
      </button>
      {isOpen && (
        <div className={`${GRID} mt-3`}>
          <Field label={t`Processes`} error={fault("processes")}>
            <Input
              inputMode="numeric"
              value={draft.processes}
              onChange={(event) => change({ processes: event.target.value }, "processes")}
            />
          </Field>
          <Field label={t`Disk`} hint={t`As 10 GiB.`} error={fault("disk_mib")}>
            <Input value={draft.disk} onChange={(event) => change({ disk: event.target.value }, "disk_mib")} />
          </Field>
          <div className="sm:col-span-2">
            <Field
              label="Python"
              hint={t`The interpreter on that machine, instead of the project's.`}
              error={fault("python")}
            >
              <Input
                value={draft.python}
                placeholder={t`/opt/python/bin/python3`}
                className="font-mono text-[13px]"
                onChange={(event) => change({ python: event.target.value }, "python")}
              />
            </Field>
          </div>
        </div>
      )}
    </Part>
  );
}
