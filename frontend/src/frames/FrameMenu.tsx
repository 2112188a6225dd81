/** What can be made of a view: files, code, a view for everyone. */
import { t } from "@lingui/core/macro";
import { Code, Download, Ellipsis, RotateCcw, Users } from "lucide-react";
import { useSyncExternalStore, type ReactElement } from "react";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { toast } from "../ui/Toast";
import type { Column, Frame } from "./bundle";
import type { FrameHost } from "./host";
import { wire } from "./remote";
import { sameView, withShared } from "./shared";
import { columnsShown, PLAIN, rowsOf, type GridView } from "./view";

export interface FrameMenuProps {
  frame: Frame;
  table: string | null;
  host: FrameHost;
  view: GridView;
  columns: readonly Column[];
  /** The view that is everyone's, or null. */
  shared: GridView | null;
  onView: (view: GridView) => void;
  onFailed: (error: unknown) => void;
}

export function FrameMenu(props: FrameMenuProps): ReactElement | null {
  const { frame, table, host, view, columns, shared, onView, onFailed } = props;
  const rights = useSyncExternalStore(host.rights.subscribe, host.rights.get);
  const canRun = rights.has("RUN") && table !== null;
  const canEdit = rights.has("EDIT");
  const isShared = shared !== null && sameView(shared, view);
  const { pinned, rest } = columnsShown(columns, view);
  const shown = [...pinned, ...rest].map((column) => column.at);
  const isArranged = shown.some((at, place) => columns[place]?.at !== at) || shown.length !== columns.length;

  const save = (format: "csv" | "parquet"): void => {
    if (table === null) return;
    const query = new URLSearchParams({ format });
    const rows = rowsOf(view);
    if (rows.sort.length > 0)
      query.set(
        "sort",
        rows.sort.map(({ column, descending }) => `${descending ? "-" : ""}${nameOf(column)}`).join(","),
      );
    if (rows.filters.length > 0) query.set("filter", JSON.stringify(wire(rows).filters));
    if (rows.search !== "") query.set("search", rows.search);
    if (isArranged) query.set("columns", shown.join(","));
    // Asked first, so that a refusal is told here and not saved as a file.
    host.ask(table, { operation: "open" }).then(() => follow(host.exportAddress(table, query)), onFailed);
  };
  const insert = (): void => {
    if (table === null) return;
    const asked = {
      operation: "code" as const,
      view: wire(rowsOf(view)),
      variable: frame.name ?? "",
      ...(isArranged ? { columns: shown } : {}),
    };
    host.ask(table, asked).then((answer) => {
      host.insertCode(answer.code ?? "");
      toast(t`Code added below`);
    }, onFailed);
  };
  const share = (next: GridView | null): void => {
    host.share(withShared(host.shared.get(), frame.name, next));
    toast(next === null ? t`The shared view is taken back` : t`Everyone now begins with this view`);
  };

  return (
    <Menu trigger={<IconButton icon={Ellipsis} size="small" label={t`More of this table`} />}>
      {canRun && (
        <>
          <MenuItem icon={Download} onSelect={() => save("csv")}>{t`Save as CSV`}</MenuItem>
          <MenuItem icon={Download} onSelect={() => save("parquet")}>{t`Save as Parquet`}</MenuItem>
          {canEdit && frame.form !== "LazyFrame" && (
            <MenuItem icon={Code} onSelect={insert}>{t`Insert code of this view`}</MenuItem>
          )}
          <MenuSeparator />
        </>
      )}
      {canEdit && (
        <MenuItem icon={Users} disabled={isShared} onSelect={() => share(view)}>{t`Share this view`}</MenuItem>
      )}
      {shared !== null && !isShared && (
        <MenuItem icon={Users} onSelect={() => onView(shared)}>{t`Use the shared view`}</MenuItem>
      )}
      {canEdit && shared !== null && <MenuItem onSelect={() => share(null)}>{t`Stop sharing a view`}</MenuItem>}
      <MenuItem
        icon={RotateCcw}
        disabled={sameView(view, PLAIN)}
        onSelect={() => onView(PLAIN)}
      >{t`Reset the view`}</MenuItem>
    </Menu>
  );
}

/** A column as the address of a file names it: a level of the index is `i1`, its innermost. */
const nameOf = (column: number): string => (column < 0 ? `i${-column}` : String(column));

function follow(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
