import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../ui/Button";
import { CopyField } from "../../ui/CopyField";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { Select } from "../../ui/Select";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { tokensQuery } from "../../wire/queries";

const LASTING = [
  { value: "30", label: t`30 days` },
  { value: "90", label: t`90 days` },
  { value: "365", label: t`One year` },
  { value: "never", label: t`Until revoked` },
] as const;

type Lasting = (typeof LASTING)[number]["value"];

/** Makes a token and shows its secret once. */
export function NewTokenDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [lasting, setLasting] = useState<Lasting>("90");
  const input = useRef<HTMLInputElement>(null);
  const make = useMutation({
    mutationFn: () => api.makeToken({ name: name.trim(), expires_days: lasting === "never" ? null : Number(lasting) }),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const close = (): void => {
    onOpenChange(false);
    setName("");
    make.reset();
  };
  if (make.data !== undefined) {
    return (
      <Dialog
        open={open}
        onOpenChange={close}
        title={t`Your new token`}
        description={t`Copy it now: it is not shown again.`}
        footer={<Button onClick={close}>{t`Done`}</Button>}
      >
        <CopyField label={t`Token`} text={make.data.secret} secret />
        <p className="mt-3 text-[13px] text-fg2">
          <Trans>
            Scripts send it as{" "}
            <code className="rounded-[4px] bg-panel px-1 py-0.5 text-[12px]">Authorization: Bearer …</code>
          </Trans>
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t`New API token`}
      initialFocus={input}
      footer={
        <>
          <Button onClick={close}>{t`Cancel`}</Button>
          <Button
            kind="primary"
            type="submit"
            form="new-token"
            busy={make.isPending}
            disabled={name.trim() === ""}
          >{t`Make token`}</Button>
        </>
      }
    >
      <form
        id="new-token"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") make.mutate();
        }}
      >
        <Field label={t`What it is for`} error={make.isError ? reasonOf(make.error) : null}>
          <Input
            ref={input}
            maxLength={200}
            placeholder={t`Nightly report`}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <div className="flex flex-col gap-1.5">
          <span className="text-[13px] font-medium">{t`Works for`}</span>
          <Select label={t`Works for`} value={lasting} onChange={setLasting} options={LASTING} className="w-44" />
        </div>
      </form>
    </Dialog>
  );
}
