/** Rendered markdown. Shows at once unless mathematics has to be loaded first. */
import { useEffect, useMemo, useState, type ReactElement } from "react";
import { prose, proseNow, type ProseOptions } from "./markdown";
import "./prose.css";

export function Prose({ text, options }: { text: string; options?: ProseOptions }): ReactElement {
  const now = useMemo(() => proseNow(text, options), [text, options]);
  const [later, setLater] = useState<{ text: string; html: string } | null>(null);
  useEffect(() => {
    if (now !== null) return undefined;
    let current = true;
    void prose(text, options).then((html) => {
      if (current) setLater({ text, html });
    });
    return () => {
      current = false;
    };
  }, [now, text, options]);
  const html = now ?? (later?.text === text ? later.html : null);
  if (html === null) return <div className="prose prose-waiting">{text}</div>;
  // The markdown module cleans everything that it returns.
  return <div className="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
