import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../../i18n/start";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Download, FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { TextArea } from "../../ui/TextArea";
import { saveText } from "../../ui/saveText";
import { toast, toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Schemas } from "../../wire/http";
import { catalogueQuery } from "../../wire/queries";

const EXAMPLE = `[[hardware]]
id = "small"
label = "Small"
engine = "local"
cpus = 2
memory_mib = 4096`;

const MOST_CHARACTERS = 200_000;

/** A TOML file of classes: chosen or pasted, looked at first, then taken whole. */
export function ImportDialog({
  open,
  onOpenChange,
  isEmpty,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  isEmpty: boolean;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="large"
      title={t`Import hardware classes`}
      description={t`A TOML file. It adds and changes the classes that it names, and leaves the others. Nothing is taken before you have seen what changes.`}
    >
      <Import close={() => onOpenChange(false)} isEmpty={isEmpty} />
    </Dialog>
  );
}

function Import({ close, isEmpty }: { close: () => void; isEmpty: boolean }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const wanted = text.trim();
  const isLong = text.length > MOST_CHARACTERS;
  const seen = useQuery({
    queryKey: ["hardware-file", wanted],
    queryFn: ({ signal }) => api.importClasses(text, false, { signal }),
    enabled: wanted !== "" && !isLong,
    placeholderData: (before) => before,
  });
  const apply = useMutation({
    mutationFn: () => api.importClasses(text, true),
    onSuccess: async (done) => {
      if (!done.applied) return;
      close();
      toast(t`The file is taken.`);
      await client.invalidateQueries({ queryKey: catalogueQuery.queryKey });
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  const read = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    if (chosen.size > MOST_CHARACTERS * 4) {
      toastError(t`This file is too large for a list of hardware classes.`);
      return;
    }
    setText(await chosen.text());
  };
  const save = async (): Promise<void> => {
    try {
      const { toml } = await api.classFile();
      saveText("hardware.toml", toml, "application/toml");
    } catch (error) {
      toastError(reasonOf(error));
    }
  };
  const found = wanted === "" ? undefined : seen.data;
  const changed = found?.changes.filter((change) => change.kind !== "unchanged").length ?? 0;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap gap-2">
        <input
          ref={file}
          type="file"
          accept=".toml,application/toml,text/plain"
          hidden
          aria-hidden
          tabIndex={-1}
          onChange={(event) => void read(event.target.files?.[0])}
        />
        <Button icon={FileUp} size="small" onClick={() => file.current?.click()}>{t`Choose a file`}</Button>
        {!isEmpty && (
          <Button
            icon={Download}
            size="small"
            kind="ghost"
            onClick={() => void save()}
          >{t`Save the present classes as a file`}</Button>
        )}
      </div>
      <Field
        label={t`Or paste it`}
        error={isLong ? t`The file has more than ${MOST_CHARACTERS.toLocaleString(currentLocale())} characters.` : null}
      >
        <TextArea code rows={10} value={text} placeholder={EXAMPLE} onChange={(event) => setText(event.target.value)} />
      </Field>
      <div aria-live="polite">
        {wanted !== "" && seen.isError && <p className="text-err">{reasonOf(seen.error)}</p>}
        {found !== undefined && <Preview found={found} />}
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={close}>{t`Cancel`}</Button>
        <Button
          kind="primary"
          busy={apply.isPending}
          disabled={changed === 0 || seen.isPlaceholderData}
          onClick={() => apply.mutate()}
        >
          {changed === 0 ? t`Take it` : t`Take ${plural(changed, { one: "# class", other: "# classes" })}`}
        </Button>
      </div>
    </div>
  );
}

const TONES = { added: "ok", changed: "accent", unchanged: "plain" } as const;

function Preview({ found }: { found: Schemas["HardwareImport"] }) {
  if (found.faults.length > 0) {
    return (
      <section aria-label={t`What is wrong`} className="rounded-card border border-err/40 bg-err-bg px-3.5 py-3">
        <h3 className="mb-1.5 flex items-center gap-2 text-sm">
          <CircleAlert size={16} aria-hidden className="text-err" />
          {t`${plural(found.faults.length, { one: "# thing is wrong", other: "# things are wrong" })}; nothing is taken`}
        </h3>
        <ul className="space-y-1 text-[13px]">
          {found.faults.map((fault, index) => (
            <li key={index}>
              <span className="font-medium">
                {[fault.line === null ? null : t`Line ${fault.line}`, fault.class, fault.field]
                  .filter((part) => part !== null)
                  .join(", ")}
              </span>{" "}
              <span className="text-fg2">{fault.reason}</span>
            </li>
          ))}
        </ul>
      </section>
    );
  }
  return (
    <section aria-label={t`What changes`}>
      <ul className="divide-y divide-line rounded-card border border-line">
        {found.changes.map((change) => (
          <li key={change.id} className="px-3.5 py-2.5">
            <div className="flex items-center gap-2">
              <span className="font-medium">{change.label}</span>
              <code className="text-xs text-fg3">{change.id}</code>
              <span className="ms-auto">
                <Badge tone={TONES[change.kind]}>{change.kind}</Badge>
              </span>
            </div>
            {change.fields.length > 0 && (
              <ul className="mt-1 text-[13px] text-fg2">
                {change.fields.map(({ field, before, after }) => (
                  <li key={field} className="font-mono text-xs leading-5">
                    {field}: <del className="text-fg3">{before === "" ? "–" : before}</del> →{" "}
                    <ins className="no-underline">{after === "" ? "–" : after}</ins>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
