import { t } from "@lingui/core/macro";
import { ProgressBar } from "../../ui/ProgressBar";
import type { Upload } from "./importFile";
import "./upload.css";

/** Which file is on its way, and how much of it has left; a quick upload is over before this shows. */
export function UploadProgress({ upload }: { upload: Upload }) {
  const percent = Math.round(upload.share * 100);
  const sent = percent >= 100;
  const which = upload.of > 1 ? t` (${upload.number} of ${upload.of})` : "";
  return (
    <div className="upload-progress mb-3 rounded-card border border-line bg-card px-4 py-3">
      <div className="flex items-baseline justify-between gap-3 text-[13px]">
        <span className="min-w-0 truncate">
          {sent ? t`Reading` : t`Uploading`} “{upload.file}”{which}
        </span>
        <span className="text-fg2 tabular-nums">{sent ? "" : `${percent} %`}</span>
      </div>
      <ProgressBar label={t`Upload of ${upload.file}`} share={sent ? null : upload.share} className="mt-2" />
    </div>
  );
}
