import { t } from "@lingui/core/macro";
import { memo } from "react";
import { Menu } from "../ui/Menu";
import { useCells } from "./CellsContext";
import { editNew } from "./perform";

/** The thin line between two cells that adds one there. */
export const InsertLine = memo(function InsertLine({
  after,
  reachable = false,
}: {
  after: string | null;
  reachable?: boolean;
}) {
  const cells = useCells();
  const add = (type: "code" | "markdown"): void => editNew(cells, cells.actions.insert(after, type), "start");
  const tabIndex = reachable ? 0 : -1;
  return (
    <div className="cell-insert">
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={t`Add a code cell here`}
        onClick={() => add("code")}
      >{t`+ Code`}</button>
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={t`Add a text cell here`}
        onClick={() => add("markdown")}
      >{t`+ Text`}</button>
      <Menu
        align="center"
        trigger={<button type="button" tabIndex={tabIndex} aria-label={t`Add an input here`}>{t`+ Input`}</button>}
      >
        {cells.slots.inputKinds((control) => cells.commands.insertInput(after, control))}
      </Menu>
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={t`Add a cell of SQL here`}
        onClick={() => editNew(cells, cells.actions.insertSql(after, null), "start")}
      >{t`+ SQL`}</button>
    </div>
  );
});
