import { t } from "@lingui/core/macro";
import { CornerLeftUp, File, Folder, FolderOpen } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { Skeleton } from "../ui/Skeleton";
import { reasonOf, type Schemas } from "../wire/http";

export type Listing = Schemas["FolderListing"];
/** Reads a folder of the project; "" is the project's own. */
export type ListFolder = (address: string, signal: AbortSignal) => Promise<Listing>;

/** A button beside the path of a file, which opens the project's folders to choose one. */
export function FilePicker({
  list,
  disabled,
  onPick,
}: {
  list: ListFolder;
  disabled: boolean;
  onPick: (path: string) => void;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Popover
      label={t`Files of this project`}
      open={isOpen}
      onOpenChange={setIsOpen}
      className="w-80"
      trigger={<Button icon={FolderOpen} disabled={disabled}>{t`Choose`}</Button>}
    >
      {isOpen && (
        <Contents
          list={list}
          onPick={(path) => {
            setIsOpen(false);
            onPick(path);
          }}
        />
      )}
    </Popover>
  );
}

/** Folders on the way down, the project's own first. */
type Way = readonly { readonly path: string; readonly address: string }[];
type Found = { readonly listing: Listing } | { readonly reason: string };

function Contents({ list, onPick }: { list: ListFolder; onPick: (path: string) => void }) {
  const [way, setWay] = useState<Way>([{ path: "", address: "" }]);
  const [found, setFound] = useState<(Found & { readonly address: string }) | null>(null);
  const here = way.at(-1) ?? { path: "", address: "" };
  const { address } = here;
  useEffect(() => {
    const stop = new AbortController();
    list(address, stop.signal).then(
      (listing) => setFound({ address, listing }),
      (error: unknown) => {
        if (!stop.signal.aborted) setFound({ address, reason: reasonOf(error) });
      },
    );
    return () => stop.abort();
  }, [list, address]);
  const shown = found?.address === address ? found : null;
  return (
    <div className="input-files">
      <div className="input-files-head">{here.path === "" ? t`Files of this project` : here.path}</div>
      <ul>
        {way.length > 1 && (
          <li>
            <button type="button" onClick={() => setWay(way.slice(0, -1))}>
              <CornerLeftUp size={16} aria-hidden /> {t`Up`}
            </button>
          </li>
        )}
        {shown === null && <Skeleton className="mx-2 my-2 h-5" />}
        {shown !== null && "reason" in shown && <li className="input-files-word">{shown.reason}</li>}
        {shown !== null && "listing" in shown && (
          <Entries
            listing={shown.listing}
            onEnter={(path, next) => setWay([...way, { path, address: next }])}
            onPick={onPick}
          />
        )}
      </ul>
    </div>
  );
}

function Entries({
  listing,
  onEnter,
  onPick,
}: {
  listing: Listing;
  onEnter: (path: string, address: string) => void;
  onPick: (path: string) => void;
}) {
  const entries = listing.items.filter(({ kind }) => kind === "file" || kind === "folder");
  if (entries.length === 0) return <li className="input-files-word">{t`No files here.`}</li>;
  return (
    <>
      {entries.map(({ name, path, address, kind }) => (
        <li key={address}>
          <button type="button" onClick={() => (kind === "folder" ? onEnter(path, address) : onPick(path))}>
            {kind === "folder" ? <Folder size={16} aria-hidden /> : <File size={16} aria-hidden />}
            <span className="truncate">{name}</span>
          </button>
        </li>
      ))}
      {listing.next != null && <li className="input-files-word">{t`There are more: type the path.`}</li>}
    </>
  );
}
