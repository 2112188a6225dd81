import { plural, t } from "@lingui/core/macro";
import {
  ArrowDown,
  ArrowUp,
  CaseSensitive,
  ChevronDown,
  ChevronRight,
  Regex,
  Replace,
  ReplaceAll,
  Rows3,
  ScanText,
  WholeWord,
  X,
} from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useReadable } from "../model/use";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { toast } from "../ui/Toast";
import type { Store } from "../wire/store";
import type { Finder, FindOptions, Found, Match } from "./finder";
import "./find.css";

/** What opened the bar: `text` is what was selected then, and `replace` whether the second line shows. */
export interface FindRequest {
  readonly text: string;
  readonly replace: boolean;
}

export interface FindBarProps {
  finder: Finder;
  request: Store<FindRequest | null>;
  canEdit: boolean;
  /** The cells that are selected now. */
  selected: () => ReadonlySet<string>;
  /** The cell from which to look on. */
  start: () => string | null;
  /** The search is over: the hands go to this match. */
  onLeave: (match: Match | null) => void;
}

/** The bar over the cells: find, step, replace. */
export function FindBar(props: FindBarProps) {
  const asked = useReadable(props.request, (now) => now);
  return asked === null ? null : <OpenBar {...props} asked={asked} />;
}

function OpenBar({ finder, request, canEdit, selected, start, onLeave, asked }: FindBarProps & { asked: FindRequest }) {
  const field = useRef<HTMLInputElement>(null);
  const options = useReadable(finder.options, (now) => now);
  const found = useReadable(finder.found, (now) => now);
  const [isReplacing, setIsReplacing] = useState(asked.replace);
  const [answered, setAnswered] = useState(asked);
  const [template, setTemplate] = useState("");
  const countId = useId();
  if (answered !== asked) {
    setAnswered(asked);
    if (asked.replace) setIsReplacing(true);
  }

  useEffect(() => {
    finder.open(asked.text, start());
    field.current?.focus();
    field.current?.select();
  }, [finder, asked, start]);
  useEffect(() => () => finder.close(), [finder]);

  const close = (): void => {
    const match = found.matches[found.at] ?? null;
    request.set(null);
    onLeave(match);
  };
  const replaceAll = (): void => {
    const done = finder.replaceAll(template);
    if (done.matches === 0) return;
    const where = plural(done.cells, { one: "one cell", other: "# cells" });
    toast(t`Replaced ${done.matches} in ${where}. Undo takes it back in one step.`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const mod = event.ctrlKey || event.metaKey;
    const isStep = event.key === "F3" || (mod && event.key.toLowerCase() === "g");
    if (event.key === "Escape") close();
    else if (isStep) finder.step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = (name: "isRegex" | "isCaseSensitive" | "isWholeWord" | "hasOutputs"): void =>
    finder.change({ [name]: !options[name] });
  const toggleWithin = (): void => finder.change({ within: options.within === null ? new Set(selected()) : null });

  return (
    <search className="find-bar" aria-label={t`Find in this notebook`} onKeyDown={onKeyDown}>
      {canEdit && (
        <IconButton
          icon={isReplacing ? ChevronDown : ChevronRight}
          label={isReplacing ? t`Hide replace` : t`Show replace`}
          aria-expanded={isReplacing}
          size="small"
          className="find-more"
          onClick={() => setIsReplacing(!isReplacing)}
        />
      )}
      <div className="find-lines">
        <div className="find-line">
          <div className="find-field">
            <Input
              ref={field}
              aria-label={t`Find`}
              placeholder={t`Find`}
              aria-describedby={countId}
              aria-invalid={found.problem !== null}
              spellCheck={false}
              value={options.text}
              onChange={(event) => finder.change({ text: event.target.value })}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
                event.preventDefault();
                finder.step(event.shiftKey ? -1 : 1);
              }}
            />
            <span className="find-toggles">
              <IconButton
                icon={CaseSensitive}
                label={t`Match case`}
                size="small"
                pressed={options.isCaseSensitive}
                onClick={() => toggle("isCaseSensitive")}
              />
              <IconButton
                icon={WholeWord}
                label={t`Whole word`}
                size="small"
                pressed={options.isWholeWord}
                onClick={() => toggle("isWholeWord")}
              />
              <IconButton
                icon={Regex}
                label={t`Regular expression`}
                size="small"
                pressed={options.isRegex}
                onClick={() => toggle("isRegex")}
              />
            </span>
          </div>
          <span id={countId} role="status" className="find-count">
            {countText(options, found)}
          </span>
          <IconButton
            icon={ArrowUp}
            label={t`Previous match`}
            keys={["Shift", "Enter"]}
            size="small"
            disabled={found.matches.length === 0}
            onClick={() => finder.step(-1)}
          />
          <IconButton
            icon={ArrowDown}
            label={t`Next match`}
            keys={["Enter"]}
            size="small"
            disabled={found.matches.length === 0}
            onClick={() => finder.step(1)}
          />
          <IconButton
            icon={Rows3}
            label={t`Only in the selected cells`}
            size="small"
            pressed={options.within !== null}
            onClick={toggleWithin}
          />
          <IconButton
            icon={ScanText}
            label={t`Also in outputs`}
            size="small"
            pressed={options.hasOutputs}
            onClick={() => toggle("hasOutputs")}
          />
          <IconButton icon={X} label={t`Close`} keys={["Esc"]} size="small" onClick={close} />
        </div>
        {isReplacing && canEdit && (
          <div className="find-line">
            <div className="find-field">
              <Input
                aria-label={t`Replace with`}
                placeholder={options.isRegex ? t`Replace with ($1, $<name>)` : t`Replace with`}
                spellCheck={false}
                value={template}
                onChange={(event) => setTemplate(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
                  event.preventDefault();
                  if (event.ctrlKey || event.metaKey || event.altKey) replaceAll();
                  else finder.replace(template);
                }}
              />
            </div>
            <IconButton
              icon={Replace}
              label={t`Replace`}
              keys={["Enter"]}
              size="small"
              disabled={found.at < 0}
              onClick={() => finder.replace(template)}
            />
            <IconButton
              icon={ReplaceAll}
              label={t`Replace all`}
              keys={["Mod", "Enter"]}
              size="small"
              disabled={found.matches.length === 0}
              onClick={replaceAll}
            />
          </div>
        )}
        {found.problem !== null && <p className="find-problem">{found.problem}</p>}
      </div>
    </search>
  );
}

function countText(options: FindOptions, found: Found): string {
  if (options.text === "" || found.problem !== null) return "";
  if (found.matches.length === 0) return t`No matches`;
  return t`${found.at + 1} of ${found.matches.length}`;
}
