import { plural, t } from "@lingui/core/macro";
import type { ReactElement } from "react";
import { INTERRUPT } from "../model/run";
import { ansiToHtml } from "./ansi";
import { readTraceback, type TracebackPart } from "./traceback";
import type { ErrorOutput } from "./types";

/** An error: what it says, then how it came to that, with calls inside of packages folded away. */
export function Traceback({ output }: { output: ErrorOutput }): ReactElement {
  if (output.ename === INTERRUPT) {
    return (
      <details className="output-stopped">
        <summary>{t`Where it was stopped`}</summary>
        <Coloured text={output.traceback.join("\n")} />
      </details>
    );
  }
  const { title, parts } = readTraceback(output);
  return (
    <div className="output-error" role="group" aria-label={t`Error: ${output.ename}`}>
      {title !== null && <Coloured text={title} className="output-error-title" />}
      {parts.map((part, index) => (
        <Part key={index} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { part: TracebackPart }): ReactElement {
  if (part.kind === "text") return <Coloured text={part.text} />;
  const packages = part.packages.join(", ");
  return (
    <details className="output-calls">
      <summary>{plural(part.calls, { one: `# call inside ${packages}`, other: `# calls inside ${packages}` })}</summary>
      <Coloured text={part.text} />
    </details>
  );
}

/** Text in terminal colours. ansiToHtml escapes everything that it does not write itself. */
function Coloured({ text, className }: { text: string; className?: string }): ReactElement {
  return <pre className={className} dangerouslySetInnerHTML={{ __html: ansiToHtml(text) }} />;
}
