/** Markdown and LaTeX outputs; loaded when the first one shows. */
import type { ReactElement } from "react";
import { Prose } from "../ui/prose/Prose";

export default function ProseOutput({ text, latex }: { text: string; latex: boolean }): ReactElement {
  const bare = latex && !/\$|\\\(|\\\[|\\begin\{/.test(text);
  return (
    <div className="output-prose">
      <Prose text={bare ? `$$\n${text}\n$$` : text} />
    </div>
  );
}
