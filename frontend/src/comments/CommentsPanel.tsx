import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { MessageSquare } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { sameList, useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { Kbd } from "../ui/Kbd";
import { api } from "../wire/api";
import { Composer } from "./Composer";
import type { Mentionable } from "./pieces";
import type { CommentStore } from "./store";
import { keep, ThreadCard } from "./ThreadCard";
import { inOrder, type CommentThread } from "./threads";
import "./comments.css";

export interface CommentsPanelProps {
  readonly notebook: string;
  readonly comments: CommentStore;
  readonly people: readonly Mentionable[];
  readonly order: readonly string[];
  readonly cellName: (cell: string) => string | null;
  readonly canComment: boolean;
  readonly canModerate: boolean;
  readonly goTo: (cell: string) => void;
  /** Begins a thread on the selected cell; null while none is selected. */
  readonly onBegin: (() => void) | null;
}

const READ_AFTER_MS = 1500;

/** All that is said about this notebook, in the order of its cells. */
export function CommentsPanel(props: CommentsPanelProps) {
  const { notebook, comments, people, order, cellName, canComment, onBegin } = props;
  const threads = useReadable(comments.threads, (now) => now, sameList);
  const wanted = useReadable(comments.wanted, (now) => now);
  const draft = useReadable(comments.draft, (now) => now);
  const [shows, setShows] = useState<"open" | "resolved">("open");
  const newSince = useNewSince(comments, threads);

  // Whoever goes to a settled thread sees it.
  const target = wanted === null ? undefined : threads.find(({ id }) => id === wanted);
  const asked = target === undefined ? null : target.resolvedBy === null ? "open" : "resolved";
  if (asked !== null && asked !== shows) setShows(asked);

  const { here, gone } = useMemo(() => inOrder(threads, order), [threads, order]);
  const open = here.filter((thread) => thread.resolvedBy === null);
  const resolved = here.filter((thread) => thread.resolvedBy !== null);
  const shown = shows === "open" ? open : resolved;
  const card = (thread: CommentThread) => (
    <ThreadCard
      key={thread.id}
      {...props}
      thread={thread}
      place={cellName(thread.cell)}
      newSince={newSince}
      isWanted={wanted === thread.id}
    />
  );
  const draftPlace = draft === null ? null : cellName(draft.cell);
  return (
    <div className="comments-panel">
      <div className="comments-tools" role="group" aria-label={t`Which comments`}>
        {(["open", "resolved"] as const).map((which) => (
          <button
            key={which}
            type="button"
            className="comments-filter"
            aria-pressed={shows === which}
            onClick={() => setShows(which)}
          >
            {which === "open" ? t`Open` : t`Resolved`} <span>{which === "open" ? open.length : resolved.length}</span>
          </button>
        ))}
      </div>
      <div className="comments-list">
        {draft !== null && draftPlace !== null && (
          <section aria-label={t`New comment on ${draftPlace}`} className="thread thread-draft">
            <Composer
              key={`${draft.cell} ${draft.range?.start ?? ""}`}
              label={t`Comment on ${draftPlace}`}
              placeholder={t`What do you want to say? @ mentions somebody.`}
              action={t`Comment`}
              initial={comments.texts.get(`new ${draft.cell}`) ?? ""}
              people={people}
              takesFocus
              onText={(text) => keep(comments, `new ${draft.cell}`, text)}
              onSend={async (body, mentions) => {
                const made = await api.comment(notebook, { cell: draft.cell, body, mentions, range: draft.range });
                comments.draft.set(null);
                setShows("open");
                comments.wanted.set(made.id);
              }}
              onCancel={() => comments.draft.set(null)}
            >
              <div className="thread-head">
                <span className="thread-place">
                  {draftPlace[0]?.toUpperCase()}
                  {draftPlace.slice(1)}
                </span>
              </div>
              {draft.range !== null && <blockquote className="thread-quote">{draft.range.quote}</blockquote>}
            </Composer>
          </section>
        )}
        {shown.map(card)}
        {shown.length === 0 && draft === null && (
          <Nothing shows={shows} canComment={canComment} onBegin={shows === "open" ? onBegin : null} />
        )}
        {shows === "open" && gone.length > 0 && (
          <details className="comments-gone">
            <summary>{t`On deleted cells: ${gone.length}`}</summary>
            <p>{t`They come back with their cell.`}</p>
            {gone.map(card)}
          </details>
        )}
      </div>
    </div>
  );
}

/** What is new stays marked as new while the panel is open, though it counts as read soon. */
function useNewSince(comments: CommentStore, threads: readonly CommentThread[]): number {
  const seenAt = useReadable(comments.seenAt, (now) => now);
  const [since, setSince] = useState<number | null>(seenAt);
  if (since === null && seenAt !== null) setSince(seenAt);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (document.visibilityState === "visible") comments.markRead();
    }, READ_AFTER_MS);
    return () => clearTimeout(timer);
  }, [comments, threads, seenAt]);
  return since ?? Number.POSITIVE_INFINITY;
}

function Nothing({
  shows,
  canComment,
  onBegin,
}: {
  shows: "open" | "resolved";
  canComment: boolean;
  onBegin: (() => void) | null;
}) {
  if (shows === "resolved") {
    return (
      <EmptyState
        icon={MessageSquare}
        heading="h3"
        title={t`Nothing resolved`}
      >{t`Threads that are settled move here.`}</EmptyState>
    );
  }
  return (
    <EmptyState
      icon={MessageSquare}
      heading="h3"
      title={t`No comments yet`}
      actions={
        canComment && onBegin !== null ? (
          <Button icon={MessageSquare} onClick={onBegin}>{t`Comment on this cell`}</Button>
        ) : undefined
      }
    >
      {canComment ? (
        <>
          <Trans>
            Select a cell, or words in it, and press <Kbd keys={["Mod", "Alt", "M"]} /> or the button above the cell.
          </Trans>
        </>
      ) : (
        t`What others say about a cell shows here.`
      )}
    </EmptyState>
  );
}
