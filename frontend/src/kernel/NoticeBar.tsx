import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { useReadable } from "../model/use";
import { Banner } from "../ui/Banner";
import { IconButton } from "../ui/IconButton";
import type { Notice } from "../wire/messages";
import type { Readable } from "../wire/store";

/** A quiet word to everybody here: an admin who asks for the machine, or something that did not work. */
export function NoticeBar({ notice, onDismiss }: { notice: Readable<Notice | null>; onDismiss: () => void }) {
  const said = useReadable(notice, (value) => value);
  if (said === null) return null;
  return (
    <Banner
      tone={said.kind === "failure" ? "warn" : "info"}
      bar
      live
      actions={<IconButton icon={X} label={t`Put this away`} onClick={onDismiss} />}
    >
      {said.by !== null && <strong className="font-semibold">{t`${said.by} asks:`} </strong>}
      {said.text}
    </Banner>
  );
}
