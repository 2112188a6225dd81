import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Dialog } from "../ui/Dialog";
import { Spinner } from "../ui/Spinner";
import { Time } from "../ui/Time";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { deletedFilesQuery, filesUsageQuery } from "../wire/queries";
import { sizeText } from "../model/sizes";
import { readable } from "./names";

/** What was deleted, with the way back; and the end of it all, for those who need the room. */
export function BinDialog({
  project,
  onRestore,
  onClose,
}: {
  project: string;
  onRestore: (id: string) => void;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const bin = useQuery({ ...deletedFilesQuery(project), refetchOnMount: "always" });
  const [asking, setAsking] = useState(false);
  const empty = useMutation({
    mutationFn: () => api.emptyFilesBin(project),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: deletedFilesQuery(project).queryKey });
      await client.invalidateQueries({ queryKey: filesUsageQuery(project).queryKey });
    },
  });
  const items = bin.data ?? [];
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t`Deleted files`}
      size="medium"
      footer={
        items.length > 0 && <Button className="text-err" onClick={() => setAsking(true)}>{t`Empty the bin…`}</Button>
      }
    >
      {bin.isPending && <Spinner />}
      {bin.isError && <p className="text-err">{reasonOf(bin.error)}</p>}
      {bin.isSuccess && items.length === 0 && <p className="text-fg2">{t`The bin is empty.`}</p>}
      <ul className="max-h-[50vh] divide-y divide-line overflow-y-auto">
        {items.map((item) => (
          <li key={item.id} className="flex items-center gap-3 py-2">
            <div className="min-w-0 flex-1">
              <p className="truncate">{readable(item.path)}</p>
              <p className="text-[13px] text-fg3">
                {t`${sizeText(item.size)}, deleted`} <Time at={item.deleted_at} />
              </p>
            </div>
            <Button
              size="small"
              aria-label={t`Restore ${readable(item.name)}`}
              onClick={() => onRestore(item.id)}
            >{t`Restore`}</Button>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t`Empty the bin?`}
        action={t`Delete for good`}
        danger
        cautious
        busy={empty.isPending}
        onConfirm={() => empty.mutate()}
      >{t`What is in it is gone for everybody, and nothing brings it back.`}</ConfirmDialog>
    </Dialog>
  );
}
