import { t } from "@lingui/core/macro";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field as Labelled } from "../ui/Field";
import { Input } from "../ui/Input";
import { Switch } from "../ui/Switch";
import { reasonOf } from "../wire/http";
import { begin, faults, fieldsOf, isSet, shown, type Connection, type Draft, type Kind } from "./draft";
import { FieldControl } from "./FieldControl";
import { GROUP_ICONS } from "./icons";
import type { Changes } from "./useConnections";
import { VariableRows } from "./VariableRows";

export interface ConnectionDialogProps {
  kinds: readonly Kind[];
  /** The connection to change, or null for a new one. */
  of: Connection | null;
  save: Changes["save"];
  onClose: () => void;
}

/** Adds a connection (first its kind, then its fields) or changes one. */
export function ConnectionDialog({ kinds, of, save, onClose }: ConnectionDialogProps) {
  const [kind, setKind] = useState<Kind | null>(
    of === null ? null : (kinds.find((each) => each.id === of.kind) ?? null),
  );
  if (kind === null)
    return (
      <Dialog
        open
        onOpenChange={onClose}
        size="large"
        title={t`Add a connection`}
        description={t`What should it lead to?`}
      >
        <KindPicker kinds={kinds} onChoose={setKind} />
      </Dialog>
    );
  return (
    <Form
      key={kind.id}
      kind={kind}
      of={of}
      save={save}
      onBack={of === null ? () => setKind(null) : undefined}
      onClose={onClose}
    />
  );
}

function KindPicker({ kinds, onChoose }: { kinds: readonly Kind[]; onChoose: (kind: Kind) => void }) {
  const groups = [...new Set(kinds.map((kind) => kind.group))];
  return (
    <div className="space-y-5">
      {groups.map((group) => {
        const Icon = GROUP_ICONS[group];
        return (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h3 id={`group-${group}`} className="mb-2 text-[13px] font-semibold text-fg3">
              {group}
            </h3>
            <ul className="grid grid-cols-2 gap-2 sm:grid-cols-3">
              {kinds
                .filter((kind) => kind.group === group)
                .map((kind) => (
                  <li key={kind.id}>
                    <button
                      type="button"
                      onClick={() => onChoose(kind)}
                      className="flex h-11 w-full items-center gap-2.5 rounded-card border border-line bg-card px-3 text-start font-medium shadow-low hover:border-line3 hover:bg-panel"
                    >
                      {Icon !== undefined && <Icon size={16} aria-hidden className="shrink-0 text-accent" />}
                      <span className="truncate">{kind.label}</span>
                    </button>
                  </li>
                ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function Form({
  kind,
  of,
  save,
  onBack,
  onClose,
}: {
  kind: Kind;
  of: Connection | null;
  save: Changes["save"];
  onBack: (() => void) | undefined;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(() => begin(kind, of));
  const [wasSent, setWasSent] = useState(false);
  const found = faults(kind, draft, of);
  const fault = (name: string): string | null => (wasSent ? (found[name] ?? null) : null);
  const change = (part: Partial<Draft>): void => setDraft((was) => ({ ...was, ...part }));
  const send = (): void => {
    setWasSent(true);
    if (Object.keys(found).length > 0) return;
    const saved = { name: draft.name.trim(), attached: draft.attached, fields: fieldsOf(kind, draft, of) };
    save.mutate({ of, kind: kind.id, saved }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="medium"
      title={
        of === null ? t`Connect to ${kind.names_free ? t`services by variables` : kind.label}` : t`Change ${of.name}`
      }
      description={kind.help || undefined}
      footer={
        <>
          <p role="alert" className="min-w-0 flex-1 self-center text-[13px] text-err">
            {save.isError
              ? reasonOf(save.error)
              : wasSent && Object.keys(found).length > 0 && t`Mend the marked fields.`}
          </p>
          {onBack !== undefined && <Button kind="ghost" icon={ArrowLeft} onClick={onBack}>{t`Back`}</Button>}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button kind="primary" busy={save.isPending} onClick={send}>
            {of === null ? t`Add connection` : t`Save`}
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Labelled label={t`Name`} error={fault("name")}>
          <Input
            value={draft.name}
            maxLength={100}
            placeholder={kind.names_free ? t`Keys of the weather service` : t`Our ${kind.label}`}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Labelled>
        {kind.names_free ? (
          <VariableRows rows={draft.rows} error={fault("rows")} onChange={(rows) => change({ rows })} />
        ) : (
          <div className="grid gap-x-4 gap-y-4 sm:grid-cols-6">
            {shown(kind, draft).map((field) => (
              <div
                key={field.name}
                className={WIDTHS[field.type === "port" ? "port" : field.type === "host" ? "host" : wide(field.type)]}
              >
                <FieldControl
                  field={field}
                  value={(field.secret ? draft.secrets[field.name] : draft.values[field.name]) ?? ""}
                  isSet={field.secret && isSet(field, of)}
                  error={fault(field.name)}
                  onChange={(value) =>
                    field.secret
                      ? change({ secrets: { ...draft.secrets, [field.name]: String(value) } })
                      : change({ values: { ...draft.values, [field.name]: value } })
                  }
                />
              </div>
            ))}
          </div>
        )}
        {kind.injected && (
          <div className="rounded-card border border-line bg-panel p-3.5">
            <Switch
              label={t`Code can use it`}
              hint={t`Kernels of this project find it in their environment. Everybody who can run here can read its secrets in code.`}
              checked={draft.attached}
              onChange={(attached) => change({ attached })}
            />
          </div>
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

const WIDTHS = { host: "sm:col-span-4", port: "sm:col-span-2", half: "sm:col-span-3", whole: "sm:col-span-6" };

function wide(type: string): "half" | "whole" {
  return type === "text" ? "half" : "whole";
}
