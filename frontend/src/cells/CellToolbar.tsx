import { t } from "@lingui/core/macro";
import {
  ArrowDown,
  ArrowDownToLine,
  ArrowUp,
  ArrowUpToLine,
  ChevronsDownUp,
  ChevronsUpDown,
  Code,
  Copy,
  Database,
  Eraser,
  Eye,
  EyeOff,
  FileText,
  MessageSquarePlus,
  MoreHorizontal,
  Pencil,
  Play,
  Settings2,
  SlidersHorizontal,
  Trash2,
  Type,
  WandSparkles,
} from "lucide-react";
import { memo } from "react";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../ui/Menu";
import { isActive as isRunActive, type Run } from "../model/run";
import type { Language } from "../model/cells";
import { useReadable } from "../model/use";
import { useChoices } from "../wire/choices";
import { useCan, useCells, useInput, useView, type Cells } from "./CellsContext";
import { DragHandle } from "./DragHandle";
import { toggleFolds } from "./folds";
import { activate, showCode } from "./ui";

const TYPES = [
  { value: "code", label: t`Code`, icon: Code },
  { value: "sql", label: "SQL", icon: Database },
  { value: "markdown", label: t`Text`, icon: Type },
  { value: "raw", label: t`Raw`, icon: FileText },
] as const;

const isCode = (language: Language): boolean => language === "code" || language === "sql";

interface Props {
  id: string;
  language: Language;
  run: Run | null;
  isActive: boolean;
}

/** The copy becomes the active cell, as in Jupyter. */
function duplicate({ actions, view }: Pick<Cells, "actions" | "view">, id: string): void {
  const [copy] = actions.duplicate([id]);
  if (copy !== undefined) activate(view, copy);
}

/** On the cell's top edge while it is active or pointed at. */
export const CellToolbar = memo(function CellToolbar({ id, language, run, isActive }: Props) {
  const cells = useCells();
  const isHovered = useView((state) => state.hovered === id);
  const isEditing = useView((state) => state.editing === id);
  const isPreviewed = useView((state) => state.preview);
  const canEdit = useCan("EDIT");
  const canRun = useCan("RUN");
  const canComment = useCan("COMMENT");
  if (!isActive && !isHovered) return null;
  const hasMenu = canEdit || (canRun && isCode(language));
  if (!hasMenu && !canComment) return null;
  const { actions, commands, editors, view } = cells;
  const tabIndex = isActive ? 0 : -1;
  const edit = (): void => {
    view.setState({ editing: id });
    requestAnimationFrame(() => editors.focus(id, "end"));
  };
  return (
    <div className="cell-toolbar" role="toolbar" aria-label={t`Cell`} tabIndex={-1}>
      {canComment && (
        <IconButton
          size="small"
          icon={MessageSquarePlus}
          label={t`Comment`}
          keys={["Mod", "Alt", "M"]}
          tabIndex={tabIndex}
          onClick={() => commands.comment(id)}
        />
      )}
      {canEdit && isEditing && (
        <IconButton
          size="small"
          icon={isPreviewed ? EyeOff : Eye}
          label={isPreviewed ? t`Hide the preview` : t`Show the preview`}
          tabIndex={tabIndex}
          onClick={() => view.setState({ preview: !isPreviewed })}
        />
      )}
      {canEdit && language === "markdown" && (
        <IconButton
          size="small"
          icon={Pencil}
          label={t`Edit text`}
          keys={["Enter"]}
          tabIndex={tabIndex}
          onClick={edit}
        />
      )}
      {canEdit && (
        <>
          <DragHandle id={id} tabIndex={tabIndex} />
          <IconButton
            size="small"
            icon={ArrowUp}
            label={t`Move up`}
            keys={["Alt", "↑"]}
            tabIndex={tabIndex}
            onClick={() => actions.move([id], -1)}
          />
          <IconButton
            size="small"
            icon={ArrowDown}
            label={t`Move down`}
            keys={["Alt", "↓"]}
            tabIndex={tabIndex}
            onClick={() => actions.move([id], 1)}
          />
          <IconButton
            size="small"
            icon={Copy}
            label={t`Duplicate`}
            tabIndex={tabIndex}
            onClick={() => duplicate(cells, id)}
          />
          <IconButton
            size="small"
            icon={Trash2}
            label={t`Delete`}
            keys={["D", "D"]}
            tabIndex={tabIndex}
            onClick={() => {
              actions.delete([id]);
              commands.deleted([id]);
            }}
          />
        </>
      )}
      {hasMenu && (
        <Menu trigger={<IconButton size="small" icon={MoreHorizontal} label={t`More`} tabIndex={tabIndex} />}>
          <MenuContent id={id} language={language} run={run} canEdit={canEdit} canRun={canRun} />
        </Menu>
      )}
    </div>
  );
});

function MenuContent({
  id,
  language,
  run,
  canEdit,
  canRun,
}: {
  id: string;
  language: Language;
  run: Run | null;
  canEdit: boolean;
  canRun: boolean;
}) {
  const cells = useCells();
  const { actions, commands, runBlocked, source, view } = cells;
  const isFolded = useView((state) => state.folded.has(id));
  const isCoded = useView((state) => state.coded.has(id));
  const input = useInput(id);
  const isCodeFolded = useView((state) => state.foldedCode.has(id));
  const checks = useChoices((state) => state.choices.checks);
  const blocked = useReadable(runBlocked, (reason) => reason !== null);
  const runPart = (part: "above" | "below"): void => {
    const order = source.order();
    const place = order.indexOf(id);
    commands.run(part === "above" ? order.slice(0, place) : order.slice(place));
  };
  return (
    <>
      {canRun && (
        <>
          {isCode(language) && (
            <MenuItem
              icon={Play}
              keys={["Mod", "Enter"]}
              disabled={blocked || isRunActive(run)}
              onSelect={() => commands.run([id])}
            >{t`Run`}</MenuItem>
          )}
          <MenuItem
            icon={ArrowUpToLine}
            disabled={blocked || source.order()[0] === id}
            onSelect={() => runPart("above")}
          >{t`Run all above`}</MenuItem>
          <MenuItem
            icon={ArrowDownToLine}
            disabled={blocked}
            onSelect={() => runPart("below")}
          >{t`Run this and all below`}</MenuItem>
          <MenuSeparator />
        </>
      )}
      {canEdit && (
        <>
          {language === "code" && checks && (
            <MenuItem
              icon={WandSparkles}
              keys={["Shift", "Alt", "F"]}
              onSelect={() => commands.format([id])}
            >{t`Format`}</MenuItem>
          )}
          <MenuChoice
            label={t`Type`}
            value={language}
            options={TYPES}
            onChange={(next) => (next === "sql" ? actions.makeSql([id]) : actions.setType([id], next))}
          />
          <MenuSeparator />
          {language === "code" && (
            <MenuItem icon={Settings2} onSelect={() => commands.defineInput(id)}>
              {input === null ? t`Make it an input` : t`Edit the input`}
            </MenuItem>
          )}
          {input !== null && (
            <MenuItem icon={Code} onSelect={() => actions.define(id, null)}>{t`Make it plain code`}</MenuItem>
          )}
        </>
      )}
      {input !== null && (
        <MenuItem icon={isCoded ? SlidersHorizontal : Code} onSelect={() => showCode(view, id, !isCoded)}>
          {isCoded ? t`Show the form` : t`Show the code`}
        </MenuItem>
      )}
      {isCode(language) && (
        <>
          <MenuItem
            icon={isFolded ? ChevronsUpDown : ChevronsDownUp}
            keys={["O"]}
            onSelect={() => toggleFolds(view, "folded", [id])}
          >
            {isFolded ? t`Show output` : t`Fold output`}
          </MenuItem>
          <MenuItem
            icon={isCodeFolded ? ChevronsUpDown : ChevronsDownUp}
            keys={["Shift", "O"]}
            onSelect={() => toggleFolds(view, "foldedCode", [id])}
          >
            {isCodeFolded ? t`Show code` : t`Fold code`}
          </MenuItem>
          {canRun && run !== null && (
            <MenuItem
              icon={Eraser}
              disabled={blocked}
              onSelect={() => commands.clear([id])}
            >{t`Clear output`}</MenuItem>
          )}
        </>
      )}
      {canEdit && (
        <>
          <MenuSeparator />
          <MenuItem icon={Copy} onSelect={() => duplicate(cells, id)}>{t`Duplicate`}</MenuItem>
          <MenuItem
            icon={Trash2}
            danger
            keys={["D", "D"]}
            onSelect={() => {
              actions.delete([id]);
              commands.deleted([id]);
            }}
          >{t`Delete`}</MenuItem>
        </>
      )}
    </>
  );
}
