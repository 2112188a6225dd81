import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { TextArea } from "../ui/TextArea";
import type { Schemas } from "../wire/http";
import "./git.css";

type Conflict = Schemas["GitConflict"];
export type Choices = NonNullable<Schemas["PullGit"]["choices"]>;
export type Answers = Schemas["PullGit"];
type Choice = Choices[string][string];

interface Question {
  path: string;
  key: string;
  title: string;
  mine: string | null;
  theirs: string | null;
  mayBoth: boolean;
  /** Both in one, with git's marks, where it may be edited by hand. */
  merged: string | null;
}

/** What both sides changed differently, to be decided before anything is changed. */
export function Conflicts({
  conflicts,
  isPending,
  onDone,
  onClose,
}: {
  conflicts: readonly Conflict[];
  isPending: boolean;
  onDone: (answers: Answers) => void;
  onClose: () => void;
}) {
  const [choices, setChoices] = useState<Choices>({});
  const questions = conflicts.flatMap(questionsOf);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const open = questions.filter(({ path, key }) =>
    texts[path] === undefined ? choices[path]?.[key] === undefined : hasMarks(texts[path]),
  ).length;
  const choose = (path: string, key: string, choice: Choice): void => {
    setChoices({ ...choices, [path]: { ...choices[path], [key]: choice } });
    setTexts(Object.fromEntries(Object.entries(texts).filter(([each]) => each !== path)));
  };
  return (
    <Dialog
      open={conflicts.length > 0}
      onOpenChange={onClose}
      size="large"
      title={t`Both sides changed the same`}
      description={t`Nothing has been changed yet. Say for each what shall stand.`}
      footer={
        <>
          <span className="me-auto self-center text-[13px] text-fg3">
            {open === 0 ? t`All decided.` : t`${open} still to decide.`}
          </span>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            kind="primary"
            disabled={open > 0}
            busy={isPending}
            onClick={() => onDone({ choices, texts })}
          >{t`Merge`}</Button>
        </>
      }
    >
      <ul aria-label={t`Conflicts`} className="space-y-5">
        {questions.map((question) => (
          <li key={`${question.path}/${question.key}`}>
            <h3 className="text-[14px] font-medium break-words">{question.title}</h3>
            <div className="mt-2 grid gap-2 sm:grid-cols-2">
              <Version label={t`Here`} text={question.mine} />
              <Version label={t`There`} text={question.theirs} />
            </div>
            <div role="group" aria-label={t`Keep for ${question.title}`} className="mt-2 flex flex-wrap gap-2">
              {OPTIONS.filter(({ value }) => value !== "both" || question.mayBoth).map(({ value, label }) => {
                const isChosen = texts[question.path] === undefined && choices[question.path]?.[question.key] === value;
                return (
                  <Button
                    key={value}
                    size="small"
                    aria-pressed={isChosen}
                    className="git-choice"
                    onClick={() => choose(question.path, question.key, value)}
                  >
                    {label}
                  </Button>
                );
              })}
              {question.merged !== null && (
                <Button
                  size="small"
                  aria-pressed={texts[question.path] !== undefined}
                  className="git-choice"
                  onClick={() => setTexts({ ...texts, [question.path]: texts[question.path] ?? question.merged ?? "" })}
                >{t`Edit by hand`}</Button>
              )}
            </div>
            {texts[question.path] !== undefined && (
              <div className="mt-2">
                <Field
                  label={t`Text of ${question.path}`}
                  error={hasMarks(texts[question.path]) ? t`Take out the lines of <<<<<<<, ======= and >>>>>>>.` : null}
                >
                  <TextArea
                    rows={10}
                    dir="ltr"
                    spellCheck={false}
                    className="font-mono text-xs"
                    value={texts[question.path]}
                    onChange={(event) => setTexts({ ...texts, [question.path]: event.target.value })}
                  />
                </Field>
              </div>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const OPTIONS: readonly { value: Choice; label: string }[] = [
  { value: "mine", label: t`Keep mine` },
  { value: "theirs", label: t`Take theirs` },
  { value: "both", label: t`Keep both` },
];

function Version({ label, text }: { label: string; text: string | null }) {
  return (
    <div className="min-w-0">
      <div className="mb-1 text-xs font-medium text-fg3">{label}</div>
      {text === null ? (
        <p className="rounded-control border border-dashed border-line2 px-2.5 py-2 text-[13px] text-fg3">{t`Deleted, or not to be shown`}</p>
      ) : (
        <pre
          tabIndex={0}
          className="max-h-48 overflow-auto rounded-control border border-line bg-panel px-2.5 py-2 font-mono text-xs leading-5"
        >
          {text}
        </pre>
      )}
    </div>
  );
}

/** Whether a text still holds the marks that git puts around what differs. */
function hasMarks(text: string | undefined): boolean {
  return /^(<{7}|={7}|>{7})( |$)/m.test(text ?? "");
}

function questionsOf(conflict: Conflict): Question[] {
  if (conflict.cells.length === 0)
    return [
      {
        path: conflict.path,
        key: "",
        title: conflict.path,
        mine: conflict.mine,
        theirs: conflict.theirs,
        mayBoth: conflict.is_text && conflict.mine !== null && conflict.theirs !== null,
        merged: conflict.merged,
      },
    ];
  return conflict.cells.map((cell) => ({
    path: conflict.path,
    key: cell.key,
    title: t`${conflict.path}, cell ${cell.number}`,
    mine: cell.mine,
    theirs: cell.theirs,
    mayBoth: cell.kind === "both_changed",
    merged: null,
  }));
}
