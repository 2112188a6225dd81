import { t } from "@lingui/core/macro";
import { Copy, Trash2 } from "lucide-react";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copyText";
import { toast, toastError } from "../../ui/Toast";
import type { Draft } from "../../wire/documents";
import "./live.css";

/** Text that the server did not take: nothing of it is lost until the person lets it go. */
export function DraftCard({
  draft,
  onDiscard,
  kind = "notebook",
}: {
  draft: Draft;
  onDiscard: () => void;
  kind?: "notebook" | "file";
}) {
  const copy = (): void => {
    void copyText(draft.text).then((copied) => {
      if (copied) toast(t`Draft copied`);
      else toastError(t`The browser did not allow copying. Select the text and copy it.`);
    });
  };
  return (
    <div
      className="draft-card"
      role="group"
      aria-label={kind === "file" ? t`Your draft, not in the file` : t`Your draft, not in the notebook`}
    >
      <p>
        <strong>
          {kind === "file" ? t`Your text was not taken into the file.` : t`Your text was not taken into the notebook.`}
        </strong>{" "}
        {draft.reason}
      </p>
      <pre>{draft.text}</pre>
      <div className="draft-actions">
        <Button size="small" icon={Copy} onClick={copy}>
          {t`Copy`}
        </Button>
        <Button size="small" kind="ghost" icon={Trash2} onClick={onDiscard}>
          {t`Discard`}
        </Button>
      </div>
    </div>
  );
}
