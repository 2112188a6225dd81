/** The text of a text cell, rendered: its pictures, boxes to tick, diagrams, and links that stay in the project. */

import { t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { memo, useCallback, useMemo } from "react";
import { useLocation } from "wouter";
import { useCan, useCells } from "../../cells/CellsContext";
import { attachmentsOf, cellMap } from "../../model/cells";
import { slugOf } from "../../model/headings";
import { blobUrl, MERMAID, OutputFrame } from "../../outputs";
import type { ProseOptions } from "../../ui/prose/markdown";
import { partOnDemand } from "../../ui/onDemand";
import { toastError } from "../../ui/Toast";
import { followLink } from "./followLink";
import type { NotebookSession } from "./session";

const Prose = partOnDemand(
  async () => (await import("../../ui/prose/Prose")).Prose,
  ({ text }) => (
    <div className="prose prose-waiting" dir="auto">
      {text}
    </div>
  ),
);

interface Props {
  id: string;
  text: string;
  session: NotebookSession;
}

export const TextHere = memo(function TextHere({ id, text, session }: Props) {
  const { actions } = useCells();
  const canEdit = useCan("EDIT");
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const options = useMemo((): ProseOptions => {
    const attachment = (name: string): string | null => {
      const cell = cellMap(session.cells.get().doc.getMap("cells"), id);
      const sha256 = cell === null ? undefined : attachmentsOf(cell).get(name);
      return sha256 === undefined ? null : blobUrl(session.notebook, sha256);
    };
    return { attachment, slug: slugOf, tickable: canEdit, notebooks: true, diagrams: true };
  }, [id, session, canEdit]);
  const onTask = useCallback((line: number, isDone: boolean) => actions.tick(id, line, isDone), [actions, id]);
  const onLink = useCallback(
    (href: string) => void followLink(session, href, { queries, navigate, failed: toastError }),
    [session, queries, navigate],
  );
  return (
    <Prose
      text={text}
      options={options}
      {...(canEdit ? { onTask } : {})}
      onLink={onLink}
      diagram={(diagram) => <OutputFrame title={t`Diagram`} mime={MERMAID} value={diagram} />}
    />
  );
});
