import { t } from "@lingui/core/macro";
import { Plus } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { Button } from "../ui/Button";
import { Input } from "../ui/Input";
import { linesOf } from "./words";

/** One line for names: "polars" or "scikit-learn>=1.5, altair". */
export function AddPackages({ busy, onAdd }: { busy: boolean; onAdd: (lines: string[]) => Promise<boolean> }) {
  const [text, setText] = useState("");
  const lines = linesOf(text);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (lines.length > 0 && (await onAdd(lines))) setText("");
  };
  return (
    <form className="flex gap-2" onSubmit={(event) => void submit(event)}>
      <Input
        aria-label={t`Packages to install`}
        placeholder={t`A package, as altair>=5`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" kind="primary" icon={Plus} busy={busy} disabled={lines.length === 0}>{t`Install`}</Button>
    </form>
  );
}
