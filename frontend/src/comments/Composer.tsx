import { t } from "@lingui/core/macro";
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { cx } from "../ui/cx";
import { CONTROL } from "../ui/Input";
import { ApiError } from "../wire/http";
import { mentionAt, mentionsIn, peopleFor, type Mentionable } from "./pieces";

export interface ComposerProps {
  label: string;
  placeholder: string;
  /** What the button says, as "Reply". */
  action: string;
  initial: string;
  people: readonly Mentionable[];
  /** Hears every change, to keep it. */
  onText: (text: string) => void;
  onSend: (body: string, mentions: string[]) => Promise<unknown>;
  onCancel?: () => void;
  /** Has the focus at once. */
  takesFocus?: boolean;
  children?: ReactNode;
}

/** A field to say something in. `@` offers people; Ctrl or ⌘ with Enter sends; Escape leaves. */
export function Composer(props: ComposerProps) {
  const { label, placeholder, action, initial, people, onText, onSend, onCancel, takesFocus = false, children } = props;
  const [text, setText] = useState(initial);
  const [caret, setCaret] = useState(initial.length);
  const [chosen, setChosen] = useState(0);
  const [isPutAway, setIsPutAway] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const failureId = useId();

  const mention = isPutAway ? null : mentionAt(text, caret);
  const offered = mention === null ? [] : peopleFor(mention.query, people);
  const at = Math.min(chosen, Math.max(0, offered.length - 1));

  const write = (next: string, place: number): void => {
    setText(next);
    setCaret(place);
    setChosen(0);
    onText(next);
  };
  const take = (person: Mentionable): void => {
    if (mention === null) return;
    const before = `${text.slice(0, mention.at)}@${person.name} `;
    write(before + text.slice(caret).replace(/^ /, ""), before.length);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(before.length, before.length);
    });
  };
  const send = (): void => {
    const body = text.trim();
    if (body === "" || isSending) return;
    setIsSending(true);
    setFailure(null);
    onSend(body, mentionsIn(body, people)).then(
      () => {
        setIsSending(false);
        write("", 0);
      },
      (error: unknown) => {
        setIsSending(false);
        setFailure(error instanceof ApiError ? error.reason : t`It was not sent. Try again.`);
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (offered.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const person = offered[at];
      if (step !== 0) setChosen((at + step + offered.length) % offered.length);
      else if ((event.key === "Enter" || event.key === "Tab") && person !== undefined) take(person);
      else if (event.key === "Escape") setIsPutAway(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      send();
    } else if (event.key === "Escape" && onCancel !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      onCancel();
    }
  };

  return (
    <div className="composer">
      {children}
      <div className="relative">
        <textarea
          ref={field}
          // The person has just asked for this field.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={takesFocus}
          rows={2}
          maxLength={10_000}
          value={text}
          placeholder={placeholder}
          aria-label={label}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={offered.length > 0 ? listId : undefined}
          aria-activedescendant={offered.length > 0 ? `${listId}-${at}` : undefined}
          aria-describedby={failure === null ? undefined : failureId}
          className={cx(CONTROL, "composer-field")}
          onChange={(event) => {
            setIsPutAway(false);
            write(event.target.value, event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        {offered.length > 0 && (
          <div id={listId} role="listbox" aria-label={t`People`} className="composer-people">
            {offered.map((person, index) => (
              // The keys are those of the field, which keeps the focus.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={person.id}
                id={`${listId}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === at}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => take(person)}
              >
                <Avatar name={person.name} color={person.color} size="tiny" />
                <span className="truncate">{person.name}</span>
              </div>
            ))}
          </div>
        )}
      </div>
      {failure !== null && (
        <p id={failureId} role="alert" className="composer-failure">
          {failure}
        </p>
      )}
      <div className="composer-actions">
        {onCancel !== undefined && <Button size="small" kind="ghost" onClick={onCancel}>{t`Cancel`}</Button>}
        <Button size="small" kind="primary" busy={isSending} disabled={text.trim() === ""} onClick={send}>
          {action}
        </Button>
      </div>
    </div>
  );
}
