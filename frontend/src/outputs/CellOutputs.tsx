/** The outputs of one cell, in order, each in the richest form that is safe where it stands. */
import { t } from "@lingui/core/macro";
import { Fragment, memo, useEffect, useMemo, useState, type ReactElement, type ReactNode } from "react";
import { JsonTree } from "../ui/JsonTree";
import { partOnDemand } from "../ui/onDemand";
import { ansiToHtml } from "./ansi";
import { asText, blobUrl, textOf } from "./fetching";
import { expectedHeight } from "./expected";
import { choose } from "./mime";
import { Settling } from "./Settling";
import { StreamView } from "./StreamView";
import { Traceback } from "./Traceback";
import { VegaChart } from "./VegaChart";
import type { DisplayOutput, ErrorOutput, Output, OutputPlace, Value } from "./types";
import "./outputs.css";

/** What most notebooks hold; fetched ahead it is there with the first cells. */
export const Html = partOnDemand(async () => (await import("./Html")).Html);
export const OutputFrame = partOnDemand(async () => (await import("./OutputFrame")).OutputFrame);
const GeoMap = partOnDemand(async () => (await import("./GeoMap")).GeoMap);
const WidgetFrame = partOnDemand(async () => (await import("./WidgetFrame")).WidgetFrame);
const Prose = partOnDemand(
  async () => (await import("./Prose")).ProseOutput,
  ({ text }) => <pre className="output-stream">{text}</pre>,
);

export function CellOutputs({
  outputs,
  place,
  underError,
}: {
  outputs: readonly Output[];
  place: OutputPlace;
  /** What the page puts below a traceback. */
  underError?: (error: ErrorOutput) => ReactNode;
}): ReactElement | null {
  if (outputs.length === 0) return null;
  return (
    <div className="outputs" dir="ltr" role="group" aria-label={t`Output of ${place.label}`}>
      {outputs.map((output) => (
        <Fragment key={output.id}>
          <OneOutput output={output} place={place} />
          {output.type === "error" && underError?.(output)}
        </Fragment>
      ))}
    </div>
  );
}

const OneOutput = memo(function OneOutput({ output, place }: { output: Output; place: OutputPlace }): ReactElement {
  switch (output.type) {
    case "stream":
      return <StreamView output={output} place={place} />;
    case "error":
      return <Traceback output={output} />;
    case "display":
      return <Display output={output} place={place} />;
    case "unknown":
      return (
        <p className="output-note">{t`An output of a kind that notebooks do not define yet. It is kept and exported unchanged.`}</p>
      );
  }
});

function Display({ output, place }: { output: DisplayOutput; place: OutputPlace }): ReactElement {
  const mimes = Object.keys(output.data);
  const choice = choose(mimes);
  if (choice === null) {
    return (
      <p className="output-note">{t`An output of type ${mimes.join(", ") || "nothing"} cannot be shown here yet.`}</p>
    );
  }
  const value = output.data[choice.mime];
  if (value === undefined) return <Fragment />;
  const plain = output.data["text/plain"];
  const alt = plain !== undefined && "inline" in plain ? asText(plain.inline).slice(0, 200) : "";
  const body = ((): ReactElement => {
    switch (choice.place) {
      case "table":
        return (
          <Fetched value={value} place={place}>
            {(text) => (
              <Table
                text={text}
                value={value}
                id={output.id}
                place={place}
                fallback={<Display output={without(output, choice.mime)} place={place} />}
              />
            )}
          </Fetched>
        );
      case "sql":
        return (
          <Fetched value={value} place={place}>
            {(text) => <Sql text={text} value={value} place={place} />}
          </Fetched>
        );
      case "nothing":
        return <Fragment />;
      case "widget": {
        const view = "inline" in value ? (value.inline as { model_id?: unknown } | null) : null;
        const fallback = <Display output={without(output, choice.mime)} place={place} />;
        return typeof view?.model_id === "string" ? (
          <WidgetFrame widget={view.model_id} place={place} fallback={fallback} />
        ) : (
          fallback
        );
      }
      case "vega":
        return (
          <Fetched value={value} place={place}>
            {(text) => <Vega text={text} value={value} mime={choice.mime} label={place.label} />}
          </Fetched>
        );
      case "map":
        return (
          <Fetched value={value} place={place}>
            {(text) => <GeoJson text={text} value={value} label={place.label} />}
          </Fetched>
        );
      case "bokeh":
        return <Bokeh output={output} place={place} />;
      case "image":
        return (
          <Picture value={value} mime={choice.mime} alt={alt} metadata={output.metadata?.[choice.mime]} place={place} />
        );
      case "html":
        return (
          <Fetched value={value} place={place}>
            {(html) => <Html html={html} label={place.label} />}
          </Fetched>
        );
      case "frame":
        return (
          <Fetched value={value} place={place}>
            {(code) => <OutputFrame title={t`Output of ${place.label}`} mime={choice.mime} value={code} />}
          </Fetched>
        );
      case "markdown":
      case "latex":
        return (
          <Fetched value={value} place={place}>
            {(text) => <Prose text={text} latex={choice.place === "latex"} />}
          </Fetched>
        );
      case "json":
        return (
          <Fetched value={value} place={place}>
            {(text) => <Json text={text} value={value} />}
          </Fetched>
        );
      case "text":
        return (
          <Fetched value={value} place={place}>
            {(text) => (
              <pre className="output-stream output-text" dangerouslySetInnerHTML={{ __html: ansiToHtml(text) }} />
            )}
          </Fetched>
        );
    }
  })();
  return (
    <Settling notebook={place.notebook} output={output.id} expected={expectedHeight(choice, value, alt)}>
      {body}
    </Settling>
  );
}

function without(output: DisplayOutput, mime: string): DisplayOutput {
  return { ...output, data: Object.fromEntries(Object.entries(output.data).filter(([key]) => key !== mime)) };
}

function Table(props: {
  text: string;
  value: Value;
  id: string;
  place: OutputPlace;
  fallback: ReactElement;
}): ReactElement {
  return props.place.table(useParsed(props.text, props.value), props.id, props.fallback);
}

function Sql({ text, value, place }: { text: string; value: Value; place: OutputPlace }): ReactElement {
  return place.sql(useParsed(text, value));
}

function useParsed(text: string, value: Value): unknown {
  return useMemo<unknown>(() => {
    if ("inline" in value && typeof value.inline !== "string") return value.inline;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }, [text, value]);
}

function Vega({ text, value, mime, label }: { text: string; value: Value; mime: string; label: string }): ReactElement {
  const spec = useParsed(text, value);
  if (typeof spec !== "object" || spec === null)
    return <p className="output-note">{t`This chart cannot be drawn: its specification is no object.`}</p>;
  const grammar = mime.includes("vegalite") ? "vega-lite" : "vega";
  return <VegaChart spec={spec as Readonly<Record<string, unknown>>} grammar={grammar} label={label} />;
}

function GeoJson({ text, value, label }: { text: string; value: Value; label: string }): ReactElement {
  return <GeoMap value={useParsed(text, value)} label={label} />;
}

/** What Bokeh's script is for stands in the bundle; the script itself is what an unknown page of Jupyter would run. */
function Bokeh({ output, place }: { output: DisplayOutput; place: OutputPlace }): ReactElement {
  const script = output.data["application/javascript"];
  if (script === undefined) return <p className="output-note">{t`This plot was shown by a server of Bokeh.`}</p>;
  return (
    <Fetched value={script} place={place}>
      {(code) => (
        <OutputFrame title={t`Output of ${place.label}`} mime="application/vnd.bokehjs_exec.v0+json" value={code} />
      )}
    </Fetched>
  );
}

function Json({ text, value }: { text: string; value: Value }): ReactElement {
  const parsed = useParsed(text, value);
  return (
    <div className="output-json">
      <JsonTree value={parsed} />
    </div>
  );
}

interface PictureProps {
  value: Value;
  mime: string;
  alt: string;
  metadata: unknown;
  place: OutputPlace;
}

function Picture({ value, mime, alt, metadata, place }: PictureProps): ReactElement {
  const [broken, setBroken] = useState(false);
  const address = useMemo(() => {
    if (!("inline" in value)) return blobUrl(place.notebook, value.sha256);
    const text = asText(value.inline);
    return mime === "image/svg+xml"
      ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
      : `data:${mime};base64,${text.replace(/\s/g, "")}`;
  }, [value, mime, place.notebook]);
  if (broken)
    return (
      <p className="output-note">{t`This picture is no longer kept, or is damaged. Run the cell again to see it.`}</p>
    );
  const [width, height] = ["width", "height"].map((side) => {
    const given =
      typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>)[side] : undefined;
    return typeof given === "number" && given > 0 && given < 10_000 ? given : undefined;
  });
  const looksLikeRepr = alt === "" || alt.startsWith("<");
  return (
    <img
      className="output-image"
      src={address}
      alt={looksLikeRepr ? t`Chart, ${place.label}` : alt}
      {...(width === undefined ? {} : { width })}
      {...(height === undefined ? {} : { height })}
      onError={() => {
        setBroken(true);
      }}
    />
  );
}

/** Renders text at once where it is inline, else after fetching its blob. */
function Fetched({
  value,
  place,
  children,
}: {
  value: Value;
  place: OutputPlace;
  children: (text: string) => ReactElement;
}): ReactElement {
  const inline = "inline" in value ? asText(value.inline) : null;
  const [answer, setAnswer] = useState<{ to: Value; text?: string; problem?: string } | null>(null);
  const [attempt, setAttempt] = useState(1);
  useEffect(() => {
    if ("inline" in value) return undefined;
    const abort = new AbortController();
    textOf(place.notebook, value, abort.signal).then(
      (text) => {
        setAnswer({ to: value, text });
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          setAnswer({ to: value, problem: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => {
      abort.abort();
    };
  }, [value, place.notebook, attempt]);
  if (inline !== null) return children(inline);
  const state = answer?.to === value ? answer : null;
  if (state === null) return <p className="output-note" role="status" data-waiting>{t`Loading…`}</p>;
  if (state.problem !== undefined) {
    return (
      <p className="output-note">
        {state.problem}{" "}
        <button
          type="button"
          onClick={() => {
            setAnswer(null);
            setAttempt(attempt + 1);
          }}
        >{t`Try again`}</button>
      </p>
    );
  }
  return children(state.text ?? "");
}
