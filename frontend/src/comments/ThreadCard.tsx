import { t } from "@lingui/core/macro";
import { Check, CheckCheck, MoreHorizontal, Pencil, Trash2, Undo2 } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem } from "../ui/Menu";
import { Time } from "../ui/Time";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { ApiError } from "../wire/http";
import { Composer } from "./Composer";
import { piecesOf, type Mentionable } from "./pieces";
import type { CommentStore } from "./store";
import type { CommentMessage, CommentThread } from "./threads";

export interface ThreadCardProps {
  readonly notebook: string;
  readonly thread: CommentThread;
  readonly comments: CommentStore;
  readonly people: readonly Mentionable[];
  /** "cell 3"; null where the cell is gone. */
  readonly place: string | null;
  readonly canComment: boolean;
  /** SHARE: others' words may be deleted. */
  readonly canModerate: boolean;
  /** What was said after this is marked as new. */
  readonly newSince: number;
  readonly isWanted: boolean;
  readonly goTo: (cell: string) => void;
}

const LONG = 6;
const LAST = 3;

/** One thread: what was said, and the ways to answer and to settle it. */
export const ThreadCard = memo(function ThreadCard(props: ThreadCardProps) {
  const { notebook, thread, comments, people, place, canComment, isWanted, goTo } = props;
  const card = useRef<HTMLElement>(null);
  const [isReplying, setIsReplying] = useState(comments.texts.has(thread.id));
  const [showsAll, setShowsAll] = useState(false);
  const isResolved = thread.resolvedBy !== null;
  const folded = showsAll || thread.messages.length <= LONG ? 0 : thread.messages.length - 1 - LAST;

  useEffect(() => {
    if (!isWanted) return;
    card.current?.scrollIntoView({ block: "nearest" });
    card.current?.focus({ preventScroll: true });
    comments.wanted.set(null);
  }, [isWanted, comments]);

  const settle = (): void => void tried(api.resolveComment(notebook, thread.id, !isResolved));
  const said = thread.messages.filter((_, index) => index === 0 || index > folded);
  return (
    <article
      ref={card}
      // A thread that somebody goes to takes the focus.
      tabIndex={-1}
      data-thread={thread.id}
      data-resolved={isResolved || undefined}
      aria-label={t`Comments on ${place ?? t`a deleted cell`}`}
      className="thread"
    >
      <header className="thread-head">
        {place === null ? (
          <span className="thread-place">{t`Deleted cell`}</span>
        ) : (
          <button type="button" className="thread-place" onClick={() => goTo(thread.cell)}>
            {place[0]?.toUpperCase()}
            {place.slice(1)}
          </button>
        )}
        {isResolved && (
          <span className="thread-settled">
            <CheckCheck size={13} aria-hidden /> {t`Resolved by ${thread.resolvedBy}`}
          </span>
        )}
        {canComment && (
          <IconButton
            size="small"
            icon={isResolved ? Undo2 : Check}
            label={isResolved ? t`Open again` : t`Resolve`}
            className="ms-auto"
            onClick={settle}
          />
        )}
      </header>
      {thread.quote !== "" && <blockquote className="thread-quote">{thread.quote}</blockquote>}
      <ul className="thread-messages">
        {said.map((message, index) => (
          <li key={message.id}>
            <Said {...props} message={message} />
            {index === 0 && folded > 0 && (
              <button
                type="button"
                className="thread-more"
                onClick={() => setShowsAll(true)}
              >{t`Show ${folded} more`}</button>
            )}
          </li>
        ))}
      </ul>
      {canComment &&
        place !== null &&
        (isReplying ? (
          <Composer
            label={t`Reply about ${place}`}
            placeholder={t`Reply. @ mentions somebody.`}
            action={t`Reply`}
            initial={comments.texts.get(thread.id) ?? ""}
            people={people}
            takesFocus
            onText={(text) => keep(comments, thread.id, text)}
            onSend={async (body, mentions) => {
              await api.replyToComment(notebook, thread.id, { body, mentions });
              setIsReplying(false);
            }}
            onCancel={() => {
              keep(comments, thread.id, "");
              setIsReplying(false);
              card.current?.focus({ preventScroll: true });
            }}
          />
        ) : (
          <Button
            size="small"
            kind="ghost"
            className="thread-reply"
            onClick={() => setIsReplying(true)}
          >{t`Reply`}</Button>
        ))}
    </article>
  );
});

function Said(props: ThreadCardProps & { message: CommentMessage }) {
  const { notebook, thread, comments, people, message, canComment, canModerate, newSince } = props;
  const [isEditing, setIsEditing] = useState(false);
  const isOwn = message.by === comments.me;
  if (message.isDeleted) return <p className="said-gone">{t`This message was deleted.`}</p>;
  const mayDelete = canComment && (isOwn || canModerate);
  return (
    <div className="said" data-new={(!isOwn && message.at > newSince) || undefined}>
      <Avatar name={message.byName} color={message.color} size="small" />
      <div className="min-w-0 flex-1">
        <div className="said-head">
          <strong>{message.byName}</strong>
          <Time at={new Date(message.at).toISOString()} className="said-time" />
          {message.editedAt !== null && <span className="said-time">{t`edited`}</span>}
          {!isOwn && message.at > newSince && <span className="said-new">{t`New`}</span>}
          {(mayDelete || isOwn) && canComment && !isEditing && (
            <span className="said-menu">
              <Menu trigger={<IconButton size="small" icon={MoreHorizontal} label={t`More about this comment`} />}>
                {isOwn && <MenuItem icon={Pencil} onSelect={() => setIsEditing(true)}>{t`Edit`}</MenuItem>}
                {mayDelete && (
                  <MenuItem
                    icon={Trash2}
                    danger
                    onSelect={() => void tried(api.deleteComment(notebook, thread.id, message.id))}
                  >{t`Delete`}</MenuItem>
                )}
              </Menu>
            </span>
          )}
        </div>
        {isEditing ? (
          <Composer
            label={t`Your comment`}
            placeholder={t`What do you want to say?`}
            action={t`Save`}
            initial={message.body}
            people={people}
            takesFocus
            onText={() => undefined}
            onSend={async (body, mentions) => {
              await api.changeComment(notebook, thread.id, message.id, { body, mentions });
              setIsEditing(false);
            }}
            onCancel={() => setIsEditing(false)}
          />
        ) : (
          <Words body={message.body} mentions={message.mentions} people={people} me={comments.me} />
        )}
      </div>
    </div>
  );
}

function Words({
  body,
  mentions,
  people,
  me,
}: {
  body: string;
  mentions: readonly string[];
  people: readonly Mentionable[];
  me: string | null;
}) {
  const meant = people.filter(({ id }) => mentions.includes(id));
  const mine = meant.find(({ id }) => id === me)?.name;
  return (
    <p className="said-words">
      {piecesOf(
        body,
        meant.map(({ name }) => name),
      ).map((piece, index) => {
        switch (piece.kind) {
          case "text":
            return piece.text;
          case "code":
            return <code key={index}>{piece.text}</code>;
          case "link":
            return (
              <a key={index} href={piece.text} target="_blank" rel="noopener noreferrer">
                {piece.text}
              </a>
            );
          case "person":
            return (
              <span key={index} className="said-person" data-me={piece.text === `@${mine}` || undefined}>
                {piece.text}
              </span>
            );
        }
      })}
    </p>
  );
}

/** Keep what is being written, or forget it once it is empty. */
export function keep(comments: CommentStore, key: string, text: string): void {
  if (text === "") comments.texts.delete(key);
  else comments.texts.set(key, text);
}

async function tried(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    toastError(error instanceof ApiError ? error.reason : t`That did not work. Try again.`);
  }
}
