import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import type { Schemas } from "../wire/http";
import "./git.css";

type Conflict = Schemas["GitConflict"];
export type Choices = NonNullable<Schemas["PullGit"]["choices"]>;
type Choice = Choices[string][string];

interface Question {
  path: string;
  key: string;
  title: string;
  mine: string | null;
  theirs: string | null;
  mayBoth: boolean;
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
  onDone: (choices: Choices) => void;
  onClose: () => void;
}) {
  const [choices, setChoices] = useState<Choices>({});
  const questions = conflicts.flatMap(questionsOf);
  const open = questions.filter(({ path, key }) => choices[path]?.[key] === undefined).length;
  const choose = (path: string, key: string, choice: Choice): void =>
    setChoices({ ...choices, [path]: { ...choices[path], [key]: choice } });
  return (
    <Dialog
      open={conflicts.length > 0}
      onOpenChange={onClose}
      size="large"
      title="Both sides changed the same"
      description="Nothing has been changed yet. Say for each what shall stand."
      footer={
        <>
          <span className="mr-auto self-center text-[13px] text-fg3">
            {open === 0 ? "All decided." : `${open} still to decide.`}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={open > 0} busy={isPending} onClick={() => onDone(choices)}>
            Merge
          </Button>
        </>
      }
    >
      <ul aria-label="Conflicts" className="space-y-5">
        {questions.map((question) => (
          <li key={`${question.path}/${question.key}`}>
            <h3 className="text-[14px] font-medium break-words">{question.title}</h3>
            <div className="mt-2 grid gap-2 sm:grid-cols-2">
              <Version label="Here" text={question.mine} />
              <Version label="There" text={question.theirs} />
            </div>
            <div role="group" aria-label={`Keep for ${question.title}`} className="mt-2 flex flex-wrap gap-2">
              {OPTIONS.filter(({ value }) => value !== "both" || question.mayBoth).map(({ value, label }) => {
                const isChosen = choices[question.path]?.[question.key] === value;
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
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const OPTIONS: readonly { value: Choice; label: string }[] = [
  { value: "mine", label: "Keep mine" },
  { value: "theirs", label: "Take theirs" },
  { value: "both", label: "Keep both" },
];

function Version({ label, text }: { label: string; text: string | null }) {
  return (
    <div className="min-w-0">
      <div className="mb-1 text-xs font-medium text-fg3">{label}</div>
      {text === null ? (
        <p className="rounded-control border border-dashed border-line2 px-2.5 py-2 text-[13px] text-fg3">
          Deleted, or not to be shown
        </p>
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
      },
    ];
  return conflict.cells.map((cell) => ({
    path: conflict.path,
    key: cell.key,
    title: `${conflict.path}, cell ${cell.number}`,
    mine: cell.mine,
    theirs: cell.theirs,
    mayBoth: cell.kind === "both_changed",
  }));
}
