import { t } from "@lingui/core/macro";
import { CopyField } from "../../ui/CopyField";
import { Dialog } from "../../ui/Dialog";
import { absoluteTime } from "../../ui/relativeTime";
import type { Schemas } from "../../wire/http";

/** The link with which somebody chooses a new password: shown once, for the admin to pass on. */
export function PasswordLinkDialog({
  name,
  link,
  onClose,
}: {
  name: string;
  link: Schemas["MadePasswordLink"] | null;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={link !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t`A new password for ${name}`}
      description={t`Pass this link on yourself. Whoever opens it chooses the password, once; the server shows the link only now.`}
    >
      {link !== null && (
        <>
          <CopyField label={t`Link for a new password`} text={link.url} />
          <p className="mt-3 text-[13px] text-fg3">
            {t`It works until ${absoluteTime(new Date(link.expires_at))}, and only the latest link of an account works.`}
          </p>
        </>
      )}
    </Dialog>
  );
}
