/** stdout and stderr: static text once done, and text that grows without React while the cell runs. */
import { plural, t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { Trans } from "@lingui/react/macro";
import { memo, useCallback, useEffect, useRef, useState, useSyncExternalStore, type ReactElement } from "react";
import { AnsiPieces, ansiToHtml } from "./ansi";
import type { Ends } from "../wire/ends";
import { streamText } from "./fetching";
import { whenNear } from "./near";
import type { OutputPlace, StreamOutput, StreamSource } from "./types";

/** Beyond this the page keeps only the end of a growing stream; "Show all" fetches the rest. */
const LIVE_CHARACTERS = 200_000;

interface Props {
  output: StreamOutput;
  place: OutputPlace;
}

export const StreamView = memo(
  function StreamView({ output, place }: Props): ReactElement {
    const [all, setAll] = useState<string | null>(null);
    const ends = useEnds(output, place);
    const className = `output-stream output-${output.name}`;
    if (all !== null) return <Text className={className} text={all} label={place.label} takesFocus />;
    // What grew here stays until its final form is known, so that nothing blinks.
    if (!output.done || (ends === null && place.streams.has(output.id)))
      return <Growing className={className} output={output} streams={place.streams} label={place.label} />;
    if (ends === null) return <Waiting className={className} output={output} place={place} />;
    if ("problem" in ends)
      return (
        <p className="output-note">
          {output.lines.toLocaleString(currentLocale())} {plural(output.lines, { one: "line", other: "lines" })},{" "}
          {size(output.bytes)}. {ends.problem}
        </p>
      );
    if (ends.tail === "" && (output.truncated ?? 0) === 0)
      return <Text className={className} text={ends.head} label={place.label} />;
    const head = wholeLines(ends.head, "head");
    const tail = wholeLines(ends.tail, "tail");
    const bytes = new TextEncoder();
    const hidden = output.bytes - bytes.encode(head).length - bytes.encode(tail).length;
    return (
      <div className="output-long">
        <Text className={className} text={head} label={place.label} />
        <Hidden output={output} place={place} hidden={hidden} onAll={setAll} />
        <Text className={className} text={tail} label={t`end of ${place.label}`} />
      </div>
    );
  },
  (before, after) =>
    before.place === after.place &&
    before.output.id === after.output.id &&
    before.output.done === after.output.done &&
    (!after.output.done || before.output === after.output),
);

/** How a finished text begins and ends; null while that is not known. */
function useEnds(output: StreamOutput, place: OutputPlace): Ends | null {
  const { streams } = place;
  const { id, done, bytes } = output;
  const subscribe = useCallback((listener: () => void) => streams.ends.subscribe(id, listener), [streams, id]);
  const known = useSyncExternalStore(subscribe, () => streams.ends.get(id));
  const own = ownEnds(output);
  const isFinished = done && own === null && streams.has(id);
  useEffect(() => {
    if (isFinished) streams.finish(id, bytes);
  }, [isFinished, streams, id, bytes]);
  return own ?? known;
}

const owned = new WeakMap<StreamOutput, Ends>();

/** What the document itself holds: short texts, and both ends in documents of earlier versions. */
function ownEnds(output: StreamOutput): Ends | null {
  const { text, head, tail } = output;
  if (typeof text !== "string" && typeof head !== "string") return null;
  const known = owned.get(output);
  if (known !== undefined) return known;
  const ends = typeof text === "string" ? { head: text, tail: "" } : { head: head ?? "", tail: tail ?? "" };
  owned.set(output, ends);
  return ends;
}

const LINE_PX = 20;
const MOST_PX = 520;
const NOTE_PX = 44;
const SHOWN_BYTES = 8192;

/** About how high a finished text will stand, from its measures alone. */
export function heightOf(output: Pick<StreamOutput, "bytes" | "lines">): number {
  const pad = 4;
  const { bytes, lines } = output;
  if (bytes <= SHOWN_BYTES) return Math.min(MOST_PX, lines * LINE_PX + pad);
  const rows = Math.max(1, Math.round((lines * SHOWN_BYTES) / bytes / 2));
  return 2 * Math.min(MOST_PX, rows * LINE_PX + pad) + NOTE_PX;
}

/** Keeps the place of a text that is asked for once it is nearly seen. */
function Waiting({ className, output, place }: Props & { className: string }): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  const { id, bytes } = output;
  useEffect(() => {
    const element = box.current;
    return element === null ? undefined : whenNear(element, () => place.streams.finish(id, bytes));
  }, [id, bytes, place.streams]);
  return (
    <pre ref={box} className={`${className} output-waiting`} style={{ height: heightOf(output) }} aria-busy="true" />
  );
}

/** Without the line that the cut went through, unless there is no other. */
export function wholeLines(text: string, part: "head" | "tail"): string {
  const cut = part === "head" ? text.lastIndexOf("\n") : text.indexOf("\n");
  if (cut < 0 || cut === (part === "head" ? 0 : text.length - 1)) return text;
  return part === "head" ? text.slice(0, cut + 1) : text.slice(cut + 1);
}

interface TextProps {
  className: string;
  text: string;
  label: string;
  /** It stands where a button was pressed. */
  takesFocus?: boolean;
}

function Text({ className, text, label, takesFocus = false }: TextProps): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (takesFocus) box.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    <pre
      ref={box}
      className={className}
      tabIndex={isLong(text) ? 0 : -1}
      aria-label={isLong(text) ? t`Output of ${label}` : undefined}
      // ansiToHtml escapes everything that it does not write itself.
      dangerouslySetInnerHTML={{ __html: ansiToHtml(text) }}
    />
  );
}

const isLong = (text: string): boolean => text.length > 4000 || text.split("\n", 30).length >= 30;

function Hidden({
  output,
  place,
  hidden,
  onAll,
}: Props & { hidden: number; onAll: (text: string) => void }): ReactElement {
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const truncated = output.truncated ?? 0;
  const load = (): void => {
    setProblem(null);
    setShare(0);
    streamText(place.notebook, output.id, 0, output.bytes, setShare).then(onAll, (error: unknown) => {
      setShare(null);
      setProblem(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <p className="output-note">
      <Trans>
        {size(Math.max(0, hidden))} hidden
        {output.lines > 0 && t` of ${output.lines.toLocaleString(currentLocale())} lines`}
        {truncated > 0 && t`; ${size(truncated)} in the middle was not kept`}.{" "}
        {problem !== null && <span role="status">{problem} </span>}
        {share === null ? (
          <button type="button" onClick={load}>
            {problem === null ? t`Show all` : t`Try again`}
          </button>
        ) : (
          <span role="status">{t`Loading ${Math.round(share * 100)} %`}</span>
        )}
      </Trans>
    </p>
  );
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Appends whole lines once and rewrites only the unfinished last one, at most once a frame. */
function Growing({
  className,
  output,
  streams,
  label,
}: {
  className: string;
  output: StreamOutput;
  streams: StreamSource;
  label: string;
}): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  const { id } = output;
  const bytes = useRef(output.bytes);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    streams.expect(id, bytes.current);
    return grow(element, id, streams);
  }, [id, streams]);
  return (
    <pre
      ref={box}
      className={className}
      tabIndex={0}
      aria-label={t`Growing output of ${label}`}
      data-cut={t`Earlier text is kept and shown when the cell is done.`}
    />
  );
}

/** Keep `element` showing the newest part of the stream `id`; returns what ends it. */
export function grow(element: HTMLElement, id: string, streams: StreamSource): () => void {
  const last = document.createElement("span");
  const blocks: { node: HTMLElement; length: number }[] = [];
  let colours = new AnsiPieces();
  let frame = 0;
  let shown = 0;
  let begin = -1;
  let settled = 0;

  const restart = (start: number): void => {
    begin = start;
    settled = 0;
    shown = 0;
    blocks.length = 0;
    colours = new AnsiPieces();
    element.replaceChildren(last);
  };
  const append = (piece: string): void => {
    const node = document.createElement("span");
    node.innerHTML = colours.toHtml(piece);
    last.before(node);
    blocks.push({ node, length: piece.length });
    shown += piece.length;
    while (shown > LIVE_CHARACTERS && blocks.length > 1) {
      const oldest = blocks.shift();
      oldest?.node.remove();
      shown -= oldest?.length ?? 0;
    }
  };
  const paint = (): void => {
    frame = 0;
    const piece = streams.view(id).pieces.at(-1);
    if (piece === undefined) return;
    const follows = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    const { text } = piece;
    const rewritten = settled > 0 && text[settled - 1] !== "\n";
    if (piece.start !== begin || rewritten) restart(piece.start);
    const border = text.lastIndexOf("\n") + 1;
    if (border > settled) {
      const skipped = border - settled > LIVE_CHARACTERS;
      append(text.slice(skipped ? text.indexOf("\n", border - LIVE_CHARACTERS) + 1 : settled, border));
      settled = border;
    }
    last.innerHTML = ansiToHtml(text.slice(border).slice(-LIVE_CHARACTERS));
    element.classList.toggle("output-cut", begin > 0 || shown < settled);
    if (follows) element.scrollTop = element.scrollHeight;
  };
  const schedule = (): void => {
    if (frame === 0) frame = requestAnimationFrame(paint);
  };
  element.replaceChildren(last);
  const unsubscribe = streams.subscribe(id, schedule);
  paint();
  return () => {
    unsubscribe();
    cancelAnimationFrame(frame);
  };
}
