import { t } from "@lingui/core/macro";
import { memo, useState } from "react";
import { labelOf } from "../model/run";
import { countRender } from "../model/counter";
import { CellFoot } from "./CellFoot";
import { CellToolbar } from "./CellToolbar";
import { useCan, useCells, useHead, useInput, useRun, useSql, useView } from "./CellsContext";
import { InputPlace } from "./InputPlace";
import { InsertLine } from "./InsertLine";
import { Rail } from "./Rail";
import { SourceEditor } from "./SourceEditor";
import { TextCell } from "./TextCell";
import { FoldedCode } from "./FoldedCode";
import { toggleFolds } from "./folds";
import { SectionRest } from "./SectionFold";

/** One cell. Draws again when its type, its place, its run or its selection changes, never for its text. */
export const Cell = memo(function Cell({
  id,
  number,
  first,
  hidden,
}: {
  id: string;
  number: number;
  first: boolean;
  /** A folded section hides it. */
  hidden: boolean;
}) {
  countRender("Cell");
  const { slots, view } = useCells();
  const head = useHead(id);
  const run = useRun(id);
  const input = useInput(id);
  const canEdit = useCan("EDIT");
  const isActive = useView((state) => state.active === id);
  const isTabStop = useView((state) => state.active === id || (state.active === null && first));
  const isSelected = useView((state) => state.selected.size > 1 && state.selected.has(id));
  const isFolded = useView((state) => state.folded.has(id));
  const isCodeFolded = useView((state) => state.foldedCode.has(id));
  const [hadPointer, setHadPointer] = useState(false);
  if (head === null) return null;

  const isText = head.type === "markdown";
  return (
    // The list is one tab stop: its active cell, as in a grid.
    <section
      id={`cell-${id}`}
      hidden={hidden}
      data-cell={id}
      data-type={head.type}
      data-language={head.language}
      data-state={run?.state}
      data-active={isActive || undefined}
      data-selected={isSelected || undefined}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={isTabStop ? 0 : -1}
      aria-label={labelOf(input === null ? head.language : t`input`, number, run)}
      className="cell"
      onPointerEnter={() => {
        setHadPointer(true);
        view.setState({ hovered: id });
      }}
    >
      <Rail id={id} type={head.type} run={run} isActive={isActive} />
      <div className="cell-body">
        {(isActive || hadPointer) && <CellToolbar id={id} language={head.language} run={run} isActive={isActive} />}
        {isText ? (
          <TextCell id={id} source={head.source} isActive={isActive} />
        ) : input !== null ? (
          <InputPlace id={id} source={head.source} definition={input} run={run} />
        ) : (
          <>
            <div className="cell-card">
              {head.language === "sql" && <SqlHead id={id} />}
              {isCodeFolded && head.type === "code" ? (
                <FoldedCode id={id} source={head.source} isActive={isActive} />
              ) : (
                <SourceEditor id={id} source={head.source} language={head.language} />
              )}
            </div>
            <CellFoot id={id} run={run} />
          </>
        )}
        {isText && <SectionRest id={id} isActive={isActive} />}
        {isText && <div className="cell-foot cell-foot-text">{slots.people(id)}</div>}
        {head.type === "code" && (
          <div className="cell-outputs" data-stale={run?.stale === true || undefined}>
            {isFolded ? (
              <button
                type="button"
                className="cell-unfold"
                tabIndex={isActive ? 0 : -1}
                onClick={() => toggleFolds(view, "folded", [id])}
              >{t`Output folded. Show it`}</button>
            ) : (
              slots.outputs(id, t`cell ${number}`)
            )}
          </div>
        )}
        {slots.below(id)}
      </div>
      {canEdit && <InsertLine after={id} reachable={isActive} />}
    </section>
  );
});

function SqlHead({ id }: { id: string }) {
  const { slots } = useCells();
  const sql = useSql(id);
  return sql === null ? null : slots.sql(id, sql);
}
