import { t } from "@lingui/core/macro";
import { memo, useEffect, type MouseEvent } from "react";
import { Plus, Trash2 } from "lucide-react";
import { Cell } from "./Cell";
import { useCan, useCells, useOrder } from "./CellsContext";
import { InsertLine } from "./InsertLine";
import { editNew, extendSelection } from "./perform";
import { useHidden } from "./useHidden";
import { useKeptFocus } from "./useKeptFocus";
import { useKeys } from "./useKeys";
import { countRender } from "../model/counter";
import { Menu } from "../ui/Menu";
import { moveInPlace } from "../ui/moveInPlace";
import "./cells.css";

const CONTROLS = "button, a, input, select, textarea, summary, [role=slider]";

/** All cells, in order, in the DOM: the browser skips the drawing of those out of sight. */
export const CellList = memo(function CellList() {
  countRender("CellList");
  const cells = useCells();
  const order = useOrder();
  const canEdit = useCan("EDIT");
  const hidden = useHidden(order);
  const kept = useKeptFocus(order);
  useKeys();

  useEffect(() => {
    if (cells.editors.setWritable(canEdit)) cells.lostText.lost(performance.now());
  }, [cells, canEdit]);

  /** With Shift, a press on another cell selects all cells up to it; inside the active one it selects text. */
  const onMouseDown = (event: MouseEvent): void => {
    if (!event.shiftKey || event.button !== 0 || !(event.target instanceof Element)) return;
    const id = event.target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    const { active } = cells.view.getState();
    if (id === undefined || active === null || id === active || event.target.closest(CONTROLS) !== null) return;
    event.preventDefault();
    event.stopPropagation();
    extendSelection(cells, id);
  };
  return (
    // It only notes where the focus is; the keys select cells too.
    <div ref={moveInPlace} className="cell-list" onMouseDownCapture={onMouseDown} {...kept}>
      {canEdit && order.length > 0 && <InsertLine after={null} />}
      {order.map((id, index) => (
        <Cell key={id} id={id} number={index + 1} first={index === 0} hidden={hidden.has(id)} />
      ))}
      {canEdit && order.length > 0 && <AddAtEnd last={order.at(-1) ?? null} />}
    </div>
  );
});

/** The wide, quiet way to go on writing at the end. */
function AddAtEnd({ last }: { last: string | null }) {
  const cells = useCells();
  const add = (type: "code" | "markdown"): void => editNew(cells, cells.actions.insert(last, type), "start");
  return (
    <div className="cell-add">
      <button type="button" onClick={() => add("code")}>
        <Plus size={14} aria-hidden /> {t`Code`}
      </button>
      <button type="button" onClick={() => add("markdown")}>
        <Plus size={14} aria-hidden /> {t`Text`}
      </button>
      <Menu
        align="start"
        trigger={
          <button type="button">
            <Plus size={14} aria-hidden /> {t`Input`}
          </button>
        }
      >
        {cells.slots.inputKinds((control) => cells.commands.insertInput(last, control))}
      </Menu>
      <button type="button" onClick={() => editNew(cells, cells.actions.insertSql(last, null), "start")}>
        <Plus size={14} aria-hidden /> {t`SQL`}
      </button>
      <button type="button" className="cell-bin" onClick={cells.commands.bin}>
        <Trash2 size={14} aria-hidden /> {t`Deleted cells`}
      </button>
    </div>
  );
}
