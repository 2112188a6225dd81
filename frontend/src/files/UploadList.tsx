import { plural, t } from "@lingui/core/macro";
import { Pause, Play, RotateCw, X } from "lucide-react";
import { useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { ProgressBar } from "../ui/ProgressBar";
import { sizeText } from "../model/sizes";
import { readable } from "./names";
import type { UploadItem, Uploads } from "./uploads";

const MOST_SHOWN = 6;

/** Files on their way up: how far each has come, and what can be done about it. */
export function UploadList({ uploads }: { uploads: Uploads }) {
  const items = useReadable(uploads.items, (all) => all);
  const open = items.filter((item) => item.state !== "done");
  if (open.length === 0) return null;
  const done = items.length - open.length;
  return (
    <section aria-label={t`Uploads`} className="file-uploads">
      <p className="file-uploads-sum" role="status">
        {plural(items.length, { one: "Uploading 1 file", other: "Uploading # files" })}
        {done > 0 && t`, ${done} done`}
      </p>
      <ul>
        {open.slice(0, MOST_SHOWN).map((item) => (
          <Item key={item.id} item={item} uploads={uploads} />
        ))}
      </ul>
      {open.length > MOST_SHOWN && <p className="text-fg3">{t`and ${open.length - MOST_SHOWN} more`}</p>}
    </section>
  );
}

function Item({ item, uploads }: { item: UploadItem; uploads: Uploads }) {
  const name = readable(item.path);
  const isOn = item.state === "sending" || item.state === "waiting" || item.state === "reconnecting";
  return (
    <li>
      <div className="flex items-center gap-1">
        <span className="min-w-0 flex-1 truncate" title={name}>
          {name}
        </span>
        {isOn && item.state !== "waiting" && (
          <IconButton icon={Pause} size="small" label={t`Pause ${name}`} onClick={() => uploads.pause(item.id)} />
        )}
        {item.state === "paused" && (
          <IconButton icon={Play} size="small" label={t`Go on with ${name}`} onClick={() => uploads.resume(item.id)} />
        )}
        {item.state === "failed" && (
          <IconButton
            icon={RotateCw}
            size="small"
            label={t`Try ${name} again`}
            onClick={() => uploads.resume(item.id)}
          />
        )}
        <IconButton icon={X} size="small" label={t`Cancel ${name}`} onClick={() => uploads.cancel(item.id)} />
      </div>
      {item.state !== "exists" && item.state !== "failed" && (
        <ProgressBar label={t`Upload of ${name}`} share={item.sent / Math.max(1, item.size)} />
      )}
      <p className={item.state === "failed" ? "text-err" : "text-fg2"}>{wordsOf(item)}</p>
      {item.state === "exists" && (
        <div className="mt-1 flex flex-wrap gap-1.5">
          <Button size="small" onClick={() => uploads.resume(item.id, "keep both")}>{t`Keep both`}</Button>
          <Button size="small" onClick={() => uploads.resume(item.id, "replace")}>{t`Replace`}</Button>
        </div>
      )}
    </li>
  );
}

function wordsOf(item: UploadItem): string {
  const share = t`${sizeText(item.sent)} of ${sizeText(item.size)}`;
  switch (item.state) {
    case "waiting":
      return t`Waiting`;
    case "sending":
      return share;
    case "reconnecting":
      return t`${share}. The connection is lost; it goes on by itself.`;
    case "paused":
      return t`Paused at ${share}`;
    case "exists":
      return t`There is a file of that name already.`;
    case "failed":
      return item.reason ?? t`It failed.`;
    case "done":
      return t`Done`;
  }
}
