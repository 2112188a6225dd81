/** Markdown and LaTeX outputs; loaded when the first one shows. */
import { t } from "@lingui/core/macro";
import type { ReactElement } from "react";
import { Prose } from "../ui/prose/Prose";
import { MERMAID } from "./mime";
import { OutputFrame } from "./OutputFrame";

const DIAGRAMS = { diagrams: true };

export function ProseOutput({ text, latex }: { text: string; latex: boolean }): ReactElement {
  const bare = latex && !/\$|\\\(|\\\[|\\begin\{/.test(text);
  return (
    <div className="output-prose">
      <Prose
        text={bare ? `$$\n${text}\n$$` : text}
        options={DIAGRAMS}
        diagram={(diagram) => <OutputFrame title={t`Diagram`} mime={MERMAID} value={diagram} />}
      />
    </div>
  );
}
