import { t } from "@lingui/core/macro";
import { memo, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "../ui/Button";
import { Input } from "../ui/Input";
import type { RuntimeIndex } from "../model/index";
import { readKernel, type InputRequest } from "../model/kernel";
import { useKernel } from "./useKernel";

export interface InputPromptProps {
  runtime: RuntimeIndex;
  cell: string;
  canRun: boolean;
  /** Resolves to whether the answer was taken. */
  onAnswer: (run: string, text: string) => Promise<boolean>;
  /** The question went away while this person was writing an answer. */
  onTooLate: () => void;
}

/** The running code asks something. Everybody who may run can answer; the first answer counts. */
export const InputPrompt = memo(function InputPrompt({ runtime, cell, canRun, onAnswer, onTooLate }: InputPromptProps) {
  const { input } = useKernel(runtime);
  if (input === null || input.cell !== cell) return null;
  if (!canRun) {
    return (
      <div className="input-prompt" role="status">
        <code>{input.prompt === "" ? t`Input` : input.prompt}</code>
        <span className="text-fg3">{t`waits for an answer from somebody who may run.`}</span>
      </div>
    );
  }
  return (
    <Asking
      key={input.run + input.prompt}
      run={input.run}
      prompt={input.prompt}
      password={input.password}
      isOpen={() => sameQuestion(readKernel(runtime.kernel).input, input)}
      onAnswer={onAnswer}
      onTooLate={onTooLate}
    />
  );
});

const sameQuestion = (a: InputRequest | null, b: InputRequest): boolean =>
  a !== null && a.run === b.run && a.prompt === b.prompt;

function Asking({
  run,
  prompt,
  password,
  isOpen,
  onAnswer,
  onTooLate,
}: {
  run: string;
  prompt: string;
  password: boolean;
  /** Whether the question still waits. */
  isOpen: () => boolean;
  onAnswer: InputPromptProps["onAnswer"];
  onTooLate: InputPromptProps["onTooLate"];
}) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // The question goes to whoever is at this cell; elsewhere it must not take the focus from under the hands.
    const section = field.current?.closest("[data-cell]");
    if (section?.contains(document.activeElement) === true && document.activeElement?.closest(".cm-editor") === null)
      field.current?.focus();
  }, []);

  const now = useRef({ text, answered: false, isOpen, onTooLate });
  useEffect(() => {
    now.current = { ...now.current, text, isOpen, onTooLate };
  });
  useLayoutEffect(() => {
    const box = field.current?.parentElement;
    return () => {
      // The focus stays at the cell, and whoever was still writing hears why the field is gone.
      if (box?.contains(document.activeElement) === true)
        box.closest<HTMLElement>("[data-cell]")?.focus({ preventScroll: true });
      const { text: begun, answered } = now.current;
      if (begun !== "" && !answered && !now.current.isOpen()) now.current.onTooLate();
    };
  }, []);

  const send = (): void => {
    setBusy(true);
    now.current.answered = true;
    void onAnswer(run, text)
      .then((taken) => {
        now.current.answered = taken;
      })
      .finally(() => setBusy(false));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    send();
  };
  const label = prompt.trim() === "" ? t`The running code asks for input` : prompt;
  return (
    <div className="input-prompt">
      <code aria-hidden>{prompt}</code>
      <Input
        ref={field}
        type={password ? "password" : "text"}
        autoComplete="off"
        aria-label={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="max-w-90 font-mono text-[13px]"
      />
      <Button kind="plain" busy={busy} onClick={send}>{t`Answer`}</Button>
      <span className="input-note">{t`Everybody who may run sees this; the first answer counts.`}</span>
    </div>
  );
}
