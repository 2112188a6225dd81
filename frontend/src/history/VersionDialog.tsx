import { t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toastError, toastUndo } from "../ui/Toast";
import { absoluteTime } from "../ui/relativeTime";
import { api } from "../wire/api";
import { ApiError, type Schemas } from "../wire/http";
import { versionQuery, versionsQuery } from "../wire/queries";
import { titleOf, type Version } from "./words";

type Change = Schemas["VersionCell"];

/** What a version is for each cell: from it to now. */
const WORDS: Readonly<Record<Change["kind"], { word: string; tone: "ok" | "err" | "accent" | "plain" }>> = {
  added: { word: t`Added since`, tone: "ok" },
  removed: { word: t`Removed since`, tone: "err" },
  changed: { word: t`Changed since`, tone: "accent" },
  moved: { word: t`Moved since`, tone: "plain" },
};

/** A version beside the notebook as it is now, with the ways back. */
export function VersionDialog({
  notebook,
  version,
  canEdit,
  onClose,
}: {
  notebook: string;
  version: Version;
  canEdit: boolean;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const compared = useQuery(versionQuery(notebook, version.id));
  const [isBusy, setIsBusy] = useState(false);
  const restore = async (of: string, cells: readonly string[] | null): Promise<Schemas["RestoredVersion"] | null> => {
    setIsBusy(true);
    try {
      const done = await api.restoreVersion(notebook, of, cells);
      await queries.invalidateQueries({ queryKey: versionsQuery(notebook).queryKey });
      return done;
    } catch (error) {
      toastError(error instanceof ApiError ? error.reason : t`It was not restored. Try again.`);
      return null;
    } finally {
      setIsBusy(false);
    }
  };
  const bringBack = async (cells: readonly string[] | null): Promise<void> => {
    const done = await restore(version.id, cells);
    if (done === null) return;
    if (cells === null) onClose();
    const { undo } = done;
    const what = cells === null ? t`The version is back` : t`The cell is back`;
    if (undo != null) toastUndo(what, () => void restore(undo, cells));
  };
  const changes = compared.data?.changes;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title={titleOf(version)}
      description={t`${absoluteTime(new Date(version.at))}, compared with the notebook as it is now`}
      footer={
        canEdit ? (
          <Button
            kind="primary"
            icon={RotateCcw}
            busy={isBusy}
            disabled={changes === undefined || changes.length === 0}
            onClick={() => void bringBack(null)}
          >{t`Restore this version`}</Button>
        ) : undefined
      }
    >
      {compared.isError ? (
        <p role="alert">{t`This version could not be loaded. It may be gone; look at the list again.`}</p>
      ) : changes === undefined ? (
        <Loading label={t`Comparing`}>
          <Skeleton className="h-24 w-full" />
        </Loading>
      ) : changes.length === 0 ? (
        <p className="text-fg2">{t`Nothing has changed since. The notebook is as it was then.`}</p>
      ) : (
        // Long lists scroll by keys, too.
        <div className="version-changes" role="group" aria-label={t`Changes`} tabIndex={0}>
          {changes.map((change) => (
            <CellDiff
              key={change.cell}
              change={change}
              onRestore={
                canEdit && (change.kind === "changed" || change.kind === "removed")
                  ? () => void bringBack([change.cell])
                  : null
              }
              isBusy={isBusy}
            />
          ))}
        </div>
      )}
    </Dialog>
  );
}

const TYPES: Readonly<Record<string, string>> = { code: "Code", markdown: t`Text`, raw: t`Raw` };
const AROUND = 3;

function CellDiff({ change, onRestore, isBusy }: { change: Change; onRestore: (() => void) | null; isBusy: boolean }) {
  const { word, tone } = WORDS[change.kind];
  const name = `${TYPES[change.type] ?? t`Cell`} ${change.number}`;
  return (
    <article className="version-cell" aria-label={`${name}: ${word.toLowerCase()}`}>
      <header>
        <strong>{name}</strong>
        <Badge tone={tone}>{word}</Badge>
        {onRestore !== null && (
          <Button
            size="small"
            kind="ghost"
            icon={RotateCcw}
            disabled={isBusy}
            className="ms-auto"
            onClick={onRestore}
          >{t`Restore this cell`}</Button>
        )}
      </header>
      <div className="version-lines" dir="ltr">
        {change.lines.map((part, index) =>
          shortened(part, index === 0, index === change.lines.length - 1).map((line, at) => (
            <div key={`${index} ${at}`} className="version-line" data-kind={line === null ? "skip" : part.kind}>
              <span aria-hidden>{line === null ? "" : part.kind === "old" ? "−" : part.kind === "new" ? "+" : ""}</span>
              {part.kind !== "both" && line !== null && (
                <span className="sr-only">{part.kind === "old" ? t`Then: ` : t`Now: `}</span>
              )}
              <code>{line ?? "⋯"}</code>
            </div>
          )),
        )}
      </div>
    </article>
  );
}

/** Of lines that did not change, those near the ones that did; null stands for what is left out. */
function shortened(part: Change["lines"][number], isFirst: boolean, isLast: boolean): readonly (string | null)[] {
  const { kind, lines } = part;
  if (kind !== "both" || (isFirst && isLast)) return lines;
  const head = isFirst ? 0 : AROUND;
  const tail = isLast ? 0 : AROUND;
  if (lines.length <= head + tail + 1) return lines;
  return [...lines.slice(0, head), null, ...lines.slice(lines.length - tail)];
}
