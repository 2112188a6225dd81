import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, History, Plus } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { AvatarStack } from "../ui/AvatarStack";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { EmptyState } from "../ui/EmptyState";
import { Input } from "../ui/Input";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { ApiError, type Schemas } from "../wire/http";
import { versionsQuery } from "../wire/queries";
import { byDay, countText, titleOf, type Version } from "./words";
import { VersionDialog } from "./VersionDialog";
import "./history.css";

export interface HistoryPanelProps {
  readonly notebook: string;
  readonly canEdit: boolean;
}

/** What the notebook was: versions with a name, and those that were kept by themselves. */
export function HistoryPanel({ notebook, canEdit }: HistoryPanelProps) {
  const versions = useQuery(versionsQuery(notebook));
  const [opened, setOpened] = useState<Version | null>(null);
  return (
    <div className="history-panel">
      {canEdit && <KeepVersion notebook={notebook} />}
      <div className="history-list">
        {versions.isPending ? (
          <Loading label={t`Loading the versions`}>
            <Skeleton className="h-10 w-full" />
          </Loading>
        ) : versions.isError ? (
          <p className="history-failed">{t`The versions could not be loaded. Close the panel and open it again.`}</p>
        ) : versions.data.length === 0 ? (
          <EmptyState
            icon={History}
            heading="h3"
            title={t`No versions yet`}
          >{t`One is kept every ten minutes while somebody writes, and when you give one a name.`}</EmptyState>
        ) : (
          <Days versions={versions.data} onOpen={setOpened} />
        )}
      </div>
      {opened !== null && (
        <VersionDialog notebook={notebook} version={opened} canEdit={canEdit} onClose={() => setOpened(null)} />
      )}
    </div>
  );
}

function Days({ versions, onOpen }: { versions: readonly Version[]; onOpen: (version: Version) => void }) {
  return byDay(versions, new Date()).map(({ day, items }) => (
    <section key={day} aria-label={day}>
      <h3 className="history-day">{day}</h3>
      <ul>
        {items.map((version) => (
          <li key={version.id}>
            <button
              type="button"
              className={cx("history-item", version.kind === "named" && "history-named")}
              onClick={() => onOpen(version)}
            >
              <span className="history-title">
                {version.kind === "named" && <Bookmark size={13} aria-hidden />}
                <span className="truncate">{titleOf(version)}</span>
              </span>
              <span className="history-facts">
                <time dateTime={version.at}>{clockOf(version.at)}</time>
                <span>{countText(version)}</span>
              </span>
              <Faces version={version} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  ));
}

function Faces({ version }: { version: Version }) {
  const people = version.authors.length > 0 || version.by == null ? version.authors : [version.by];
  return (
    <AvatarStack
      people={people.map(({ id, display_name, color }) => ({ id, name: display_name, color }))}
      max={3}
      size="tiny"
      label={t`By`}
    />
  );
}

const clockOf = (at: string): string =>
  new Date(at).toLocaleTimeString(currentLocale(), { hour: "2-digit", minute: "2-digit" });

function KeepVersion({ notebook }: { notebook: string }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [isKeeping, setIsKeeping] = useState(false);
  const keep = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (name.trim() === "" || isKeeping) return;
    setIsKeeping(true);
    api
      .keepVersion(notebook, name.trim())
      .then(
        (made: Schemas["NotebookVersion"]) => {
          setName("");
          toast(t`“${made.name ?? ""}” is kept`);
          return queries.invalidateQueries({ queryKey: versionsQuery(notebook).queryKey });
        },
        (error: unknown) => toastError(error instanceof ApiError ? error.reason : t`It was not kept. Try again.`),
      )
      .finally(() => setIsKeeping(false));
  };
  return (
    <form className="history-keep" onSubmit={keep}>
      <Input
        aria-label={t`Name of a new version`}
        placeholder={t`Name this version`}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" icon={Plus} busy={isKeeping} disabled={name.trim() === ""}>{t`Keep`}</Button>
    </form>
  );
}
