import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, Folder } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Spinner } from "../ui/Spinner";
import { reasonOf, type FileEntry } from "../wire/http";
import { folderQuery } from "../wire/queries";
import { isWithin, parentOf, readable, textOf } from "./names";

/** Chooses the folder that something moves to, one folder after the other. */
export function MoveDialog({
  project,
  entry,
  onClose,
  onMove,
}: {
  project: string;
  entry: FileEntry;
  onClose: () => void;
  onMove: (folder: string) => void;
}) {
  const from = parentOf(entry.address);
  const [folder, setFolder] = useState(from);
  const listing = useQuery(folderQuery(project, folder, 1));
  const inside = (listing.data?.items ?? []).filter(
    (each) => each.kind === "folder" && !isWithin(each.address, entry.address) && !each.name.startsWith("."),
  );
  const here = folder === "" ? t`the project's folder` : readable(textOf(folder) ?? folder);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t`Move “${readable(entry.name)}”`}
      description={t`Into ${here}`}
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button kind="primary" disabled={folder === from} onClick={() => onMove(folder)}>{t`Move here`}</Button>
        </>
      }
    >
      <ul aria-label={t`Folders`} className="file-choices">
        {folder !== "" && (
          <li>
            <button type="button" onClick={() => setFolder(parentOf(folder))}>
              <ChevronLeft size={16} aria-hidden className="text-fg3" />
              {t`Up to ${parentOf(folder) === "" ? t`the project's folder` : readable(textOf(parentOf(folder)) ?? "")}`}
            </button>
          </li>
        )}
        {inside.map((each) => (
          <li key={each.address}>
            <button type="button" onClick={() => setFolder(each.address)}>
              <Folder size={16} aria-hidden className="text-accent" />
              <span className="truncate">{readable(each.name)}</span>
            </button>
          </li>
        ))}
      </ul>
      {listing.isPending && <Spinner />}
      {listing.isError && <p className="text-err">{reasonOf(listing.error)}</p>}
      {listing.isSuccess && inside.length === 0 && <p className="px-2 text-fg3">{t`No folder in here.`}</p>}
    </Dialog>
  );
}
