import { t } from "@lingui/core/macro";
import {
  memo,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
  type DragEvent,
  type FocusEvent,
} from "react";
import type * as Y from "yjs";
import { countRender } from "../model/counter";
import { useCan, useCells, useView } from "./CellsContext";
import { levelOf } from "./folds";
import { picturesIn } from "./pictures";
import { SectionFold } from "./SectionFold";
import { SourceEditor } from "./SourceEditor";

/** A text cell: rendered, or in its editor after Enter or a double click until it is left. */
export const TextCell = memo(function TextCell({
  id,
  source,
  isActive,
}: {
  id: string;
  source: Y.Text;
  isActive: boolean;
}) {
  const { commands, editors, view } = useCells();
  const canEdit = useCan("EDIT");
  const isPreviewed = useView((state) => state.preview);
  const isEditing = useView((state) => state.editing === id) && canEdit;

  const edit = useCallback((): void => {
    if (!canEdit) return;
    view.setState({ editing: id });
    requestAnimationFrame(() => editors.focus(id, "same"));
  }, [canEdit, editors, id, view]);

  const onBlur = (event: FocusEvent): void => {
    if (event.currentTarget.contains(event.relatedTarget) || !document.hasFocus()) return;
    if (view.getState().editing === id) view.setState({ editing: null });
  };

  if (isEditing) {
    return (
      // Leaving the editor renders the text.
      // eslint-disable-next-line jsx-a11y/no-static-element-interactions
      <div className="text-editing" onBlur={onBlur}>
        <div className="cell-card">
          <SourceEditor id={id} source={source} language="markdown" />
        </div>
        {isPreviewed && <Preview id={id} source={source} />}
      </div>
    );
  }
  const onDrop = (event: DragEvent): void => {
    const files = picturesIn(event.dataTransfer);
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation(); // the page takes dropped files into the project
    commands.pictures(id, files, source.length);
  };
  return (
    // A picture comes in by the editor's paste as well.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onDrop={canEdit ? onDrop : undefined}>
      <Rendered id={id} source={source} onEdit={canEdit ? edit : null} isActive={isActive} />
    </div>
  );
});

/** What the text will look like, beside the editor. A press in it leaves the caret where it is. */
const Preview = memo(function Preview({ id, source }: { id: string; source: Y.Text }) {
  const { slots } = useCells();
  const text = useSettledText(source);
  return (
    // The press is only kept from taking the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className="text-preview" aria-label={t`Preview`} onMouseDown={(event) => event.preventDefault()}>
      {text.trim() === "" ? <p className="cell-empty">{t`What you write shows here.`}</p> : slots.prose(id, text)}
    </section>
  );
});

const SETTLE_MS = 250;

/** The text as prose. While somebody types in it, it is drawn anew when they pause. */
const Rendered = memo(function Rendered({
  id,
  source,
  onEdit,
  isActive,
}: {
  id: string;
  source: Y.Text;
  onEdit: (() => void) | null;
  isActive: boolean;
}) {
  countRender("Rendered");
  const { slots } = useCells();
  const text = useSettledText(source);
  const isHeading = useMemo(() => levelOf(text) !== null, [text]);
  return (
    // Enter on the cell does the same; a double click is the short way for a pointer.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="cell-prose" data-empty={text.trim() === "" || undefined} onDoubleClick={onEdit ?? undefined}>
      {isHeading && <SectionFold id={id} isActive={isActive} />}
      {text.trim() === "" ? (
        onEdit === null ? (
          <p className="cell-empty">{t`Empty text cell`}</p>
        ) : (
          <button
            type="button"
            className="cell-empty"
            tabIndex={isActive ? 0 : -1}
            onClick={onEdit}
          >{t`Empty text cell. Click to write.`}</button>
        )
      ) : (
        slots.prose(id, text)
      )}
    </div>
  );
});

function useSettledText(source: Y.Text): string {
  const shown = useRef<{ source: Y.Text; text: string } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const subscribe = useCallback(
    (listener: () => void) => {
      const changed = (): void => {
        if (timer.current !== null) clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          shown.current = { source, text: source.toJSON() };
          listener();
        }, SETTLE_MS);
      };
      source.observe(changed);
      return () => {
        source.unobserve(changed);
        if (timer.current !== null) clearTimeout(timer.current);
      };
    },
    [source],
  );
  const read = useCallback(() => {
    if (shown.current?.source !== source) shown.current = { source, text: source.toJSON() };
    return shown.current.text;
  }, [source]);
  useEffect(() => {
    shown.current = null;
  }, [source]);
  return useSyncExternalStore(subscribe, read);
}
