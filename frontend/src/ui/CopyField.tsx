import { t } from "@lingui/core/macro";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./Button";
import { copyText } from "./copyText";
import { Input } from "./Input";

/** A text that is shown once, with a button that copies it. */
export function CopyField({ label, text, secret = false }: { label: string; text: string; secret?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), 2500);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <div className="flex gap-2">
      <Input
        readOnly
        aria-label={label}
        value={text}
        className={secret ? "font-mono text-[13px]" : ""}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button icon={copied ? Check : Copy} onClick={() => void copyText(text).then(setCopied)}>
        <span aria-live="polite">{copied ? t`Copied` : t`Copy`}</span>
      </Button>
    </div>
  );
}
