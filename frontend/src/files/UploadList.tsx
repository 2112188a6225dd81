import { Pause, Play, RotateCw, X } from "lucide-react";
import { useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
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
    <section aria-label="Uploads" className="file-uploads">
      <p className="file-uploads-sum" role="status">
        {items.length === 1 ? "Uploading 1 file" : `Uploading ${items.length} files`}
        {done > 0 && `, ${done} done`}
      </p>
      <ul>
        {open.slice(0, MOST_SHOWN).map((item) => (
          <Item key={item.id} item={item} uploads={uploads} />
        ))}
      </ul>
      {open.length > MOST_SHOWN && <p className="text-fg3">and {open.length - MOST_SHOWN} more</p>}
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
          <IconButton icon={Pause} size="small" label={`Pause ${name}`} onClick={() => uploads.pause(item.id)} />
        )}
        {item.state === "paused" && (
          <IconButton icon={Play} size="small" label={`Go on with ${name}`} onClick={() => uploads.resume(item.id)} />
        )}
        {item.state === "failed" && (
          <IconButton
            icon={RotateCw}
            size="small"
            label={`Try ${name} again`}
            onClick={() => uploads.resume(item.id)}
          />
        )}
        <IconButton icon={X} size="small" label={`Cancel ${name}`} onClick={() => uploads.cancel(item.id)} />
      </div>
      {item.state !== "exists" && item.state !== "failed" && (
        <progress max={Math.max(1, item.size)} value={item.sent} aria-label={`Upload of ${name}`} />
      )}
      <p className={item.state === "failed" ? "text-err" : "text-fg2"}>{wordsOf(item)}</p>
      {item.state === "exists" && (
        <div className="mt-1 flex flex-wrap gap-1.5">
          <Button size="small" onClick={() => uploads.resume(item.id, "keep both")}>
            Keep both
          </Button>
          <Button size="small" onClick={() => uploads.resume(item.id, "replace")}>
            Replace
          </Button>
        </div>
      )}
    </li>
  );
}

function wordsOf(item: UploadItem): string {
  const share = `${sizeText(item.sent)} of ${sizeText(item.size)}`;
  switch (item.state) {
    case "waiting":
      return "Waiting";
    case "sending":
      return share;
    case "reconnecting":
      return `${share}. The connection is lost; it goes on by itself.`;
    case "paused":
      return `Paused at ${share}`;
    case "exists":
      return "There is a file of that name already.";
    case "failed":
      return item.reason ?? "It failed.";
    case "done":
      return "Done";
  }
}
