import { memo, useLayoutEffect, useRef, type MouseEvent } from "react";
import type * as Y from "yjs";
import type { Language } from "../model/cells";
import { countRender } from "../model/counter";
import { useCells } from "./CellsContext";

/** The place of a text's static view or editor. React keeps the box; `Editors` keeps what is in it. */
export const SourceEditor = memo(function SourceEditor({
  id,
  source,
  language,
}: {
  id: string;
  source: Y.Text;
  language: Language;
}) {
  countRender("SourceEditor");
  const { editors } = useCells();
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    return editors.attach(id, element, source, language);
  }, [editors, id, source, language]);

  // A click on the static view builds the editor under the pointer and puts the caret there.
  const onMouseDown = (event: MouseEvent): void => {
    if (event.button !== 0 || editors.get(id) !== null) return;
    event.preventDefault();
    editors.focus(id, { x: event.clientX, y: event.clientY });
  };
  // The editor inside is the control; this box only catches the first click.
  // eslint-disable-next-line jsx-a11y/no-static-element-interactions
  return <div ref={host} className="source" dir="ltr" onMouseDown={onMouseDown} />;
});
