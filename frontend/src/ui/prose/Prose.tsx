/** Rendered markdown. Shows at once unless mathematics has to be loaded first. */
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
} from "react";
import { prose, proseNow, type ProseOptions, type ProsePart } from "./markdown";
import "./prose.css";

interface Props {
  text: string;
  options?: ProseOptions;
  /** A box of a task list was ticked or cleared; `line` counts from 0. */
  onTask?: (line: number, isDone: boolean) => void;
  /** A link was followed that leads to a heading or to a notebook. */
  onLink?: (href: string) => void;
  /** Draws a diagram, whose text is in the fence at `line`. */
  diagram?: (text: string, line: number) => ReactNode;
}

export function Prose({ text, options, onTask, onLink, diagram }: Props): ReactElement {
  const now = useMemo(() => proseNow(text, options), [text, options]);
  const [later, setLater] = useState<{ text: string; parts: ProsePart[] } | null>(null);
  useEffect(() => {
    if (now !== null) return undefined;
    let current = true;
    void prose(text, options).then((parts) => {
      if (current) setLater({ text, parts });
    });
    return () => {
      current = false;
    };
  }, [now, text, options]);
  const parts = now ?? (later?.text === text ? later.parts : null);
  if (parts === null)
    return (
      <div className="prose prose-waiting" dir="auto" data-waiting>
        {text}
      </div>
    );
  return (
    <>
      {parts.map((part, index) =>
        "html" in part ? (
          <Stretch key={index} part={part} onTask={onTask} onLink={onLink} />
        ) : (
          <div key={index} className="prose-diagram">
            {diagram?.(part.diagram, part.line)}
          </div>
        ),
      )}
    </>
  );
}

const USABLE = "a[href], [tabindex]";

/** Clean HTML, put in by hand: when the text changes, what had the focus in it has it again. */
function Stretch({
  part: { html, tasks },
  onTask,
  onLink,
}: {
  part: Extract<ProsePart, { html: string }>;
  onTask: Props["onTask"];
  onLink: Props["onLink"];
}) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const focused = [...element.querySelectorAll(USABLE)].findIndex((each) => each === document.activeElement);
    // The markdown module cleans everything that it returns.
    element.innerHTML = html;
    if (focused >= 0) element.querySelectorAll<HTMLElement>(USABLE)[focused]?.focus({ preventScroll: true });
  }, [html]);

  const tick = (target: EventTarget): boolean => {
    const mark = target instanceof Element ? target.closest(".task-mark") : null;
    if (mark === null || onTask === undefined) return false;
    const place = [...(box.current?.querySelectorAll(".task-mark") ?? [])].indexOf(mark);
    const line = tasks[place];
    if (line === undefined) return false;
    const isDone = mark.getAttribute("aria-checked") !== "true";
    mark.setAttribute("aria-checked", String(isDone)); // the text follows once it has come to rest
    onTask(line, isDone);
    return true;
  };
  const onClick = (event: MouseEvent): void => {
    if (tick(event.target)) return;
    const href = event.target instanceof Element ? event.target.closest("a")?.getAttribute("href") : null;
    if (href == null || /^(https?|mailto):/i.test(href) || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    onLink?.(href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isOwn = event.target instanceof Element && event.target.matches(".task-mark, a");
    if (!isOwn || (event.key !== "Enter" && event.key !== " ")) return;
    event.stopPropagation(); // the notebook's keys mean the cell
    if (tick(event.target)) event.preventDefault();
  };
  // The links and boxes inside are the controls; this box only hears of them.
  // eslint-disable-next-line jsx-a11y/no-static-element-interactions
  return <div ref={box} className="prose" dir="auto" onClick={onClick} onKeyDown={onKeyDown} />;
}
