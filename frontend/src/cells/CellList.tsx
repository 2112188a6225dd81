import { memo, useEffect, useLayoutEffect, useRef, type FocusEvent } from "react";
import { Plus } from "lucide-react";
import { Cell } from "./Cell";
import { useCan, useCells, useOrder } from "./CellsContext";
import { InsertLine } from "./InsertLine";
import { activate, settle } from "./ui";
import { useKeys } from "./useKeys";
import { countRender } from "../model/counter";
import "./cells.css";

/** All cells, in order, in the DOM: the browser skips the drawing of those out of sight. */
export const CellList = memo(function CellList() {
  countRender("CellList");
  const cells = useCells();
  const order = useOrder();
  const canEdit = useCan("EDIT");
  const before = useRef(order);
  useKeys();

  useLayoutEffect(() => {
    settle(cells.view, before.current, order);
    before.current = order;
  }, [cells.view, order]);

  useEffect(() => {
    cells.editors.setWritable(canEdit);
  }, [cells, canEdit]);

  // One tab stop for the whole list: whatever gets the focus becomes the active cell.
  const onFocus = (event: FocusEvent): void => {
    const id = event.target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    if (id !== undefined) activate(cells.view, id);
  };

  return (
    // It only notes where the focus is.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="cell-list" onFocus={onFocus}>
      {canEdit && order.length > 0 && <InsertLine after={null} />}
      {order.map((id, index) => (
        <Cell key={id} id={id} number={index + 1} first={index === 0} />
      ))}
      {canEdit && order.length > 0 && <AddAtEnd last={order.at(-1) ?? null} />}
    </div>
  );
});

/** The wide, quiet way to go on writing at the end. */
function AddAtEnd({ last }: { last: string | null }) {
  const { actions, editors, view } = useCells();
  const add = (type: "code" | "markdown"): void => {
    const id = actions.insert(last, type);
    activate(view, id);
    if (type === "markdown") view.setState({ editing: id });
    requestAnimationFrame(() => editors.focus(id, "start"));
  };
  return (
    <div className="cell-add">
      <button type="button" onClick={() => add("code")}>
        <Plus size={14} aria-hidden /> Code
      </button>
      <button type="button" onClick={() => add("markdown")}>
        <Plus size={14} aria-hidden /> Text
      </button>
    </div>
  );
}
