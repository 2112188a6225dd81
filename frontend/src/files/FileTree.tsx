import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { useEffect, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { Spinner } from "../ui/Spinner";
import type { FileEntry } from "../wire/http";
import { FileMenu } from "./FileMenu";
import { FileRow, isOfRow } from "./FileRow";
import { isWithin, parentOf } from "./names";
import { rowsOf, stepOf, type Row } from "./rows";
import { treeOf } from "./treeState";
import type { FileActions } from "./useFileActions";
import type { Listings } from "./useListings";

const MOVING = "application/x-commonbook-file";

export interface FileTreeProps {
  project: string;
  listings: Listings;
  actions: FileActions;
  mayWrite: boolean;
  mayImport: boolean;
  /** Shows sizes and times too. */
  wide: boolean;
  onOpen: (entry: FileEntry) => void;
  onDrop: (folder: string, transfer: DataTransfer) => void;
}

/** The files of a project as a tree: arrow keys walk, F2 renames, Delete deletes, what is dragged moves. */
export function FileTree(props: FileTreeProps) {
  const { project, listings, actions, mayWrite, onOpen } = props;
  const tree = treeOf(project);
  const { expanded, active, wanted, renaming, hidden, open, close, go, focus, focused, more } = tree();
  const rows = rowsOf({ listings, expanded, hidden });
  const box = useRef<HTMLDivElement>(null);
  const dragged = useRef<FileEntry | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const current = rows.some((row) => row.key === active) ? active : (rows[0]?.key ?? null);

  useEffect(() => {
    if (wanted === null || renaming !== null) return;
    const element = rowElement(box.current, wanted);
    if (element === null) return;
    element.focus();
    focused();
  });

  const press = (entry: FileEntry): void => {
    go(entry.address);
    if (entry.kind !== "folder") onOpen(entry);
    else if (expanded.has(entry.address)) close(entry.address);
    else open(entry.address);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOfRow(event) || event.ctrlKey || event.metaKey || event.altKey || current === null) return;
    const row = rows.find((each) => each.key === current);
    const step = stepOf(rows, current, event.key);
    if (step !== null) {
      if ("go" in step) focus(step.go);
      else if ("open" in step) open(step.open);
      else close(step.close);
    } else if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) {
      rowElement(box.current, current)?.querySelector<HTMLElement>(".file-menu button")?.click();
    } else if (row?.type === "more" && isPress(event)) more(row.folder);
    else if (row?.type === "entry" && isPress(event)) press(row.entry);
    else if (row?.type === "entry" && mayWrite && event.key === "F2") {
      actions.beginRename(row.entry);
    } else if (row?.type === "entry" && mayWrite && event.key === "Delete") {
      const index = rows.indexOf(row);
      const next = rows.slice(index + 1).find((each) => !isWithin(each.key, row.key)) ?? rows[index - 1];
      focus(next?.key ?? null);
      actions.remove(row.entry);
    } else if (event.key.length === 1 && /\S/.test(event.key)) {
      const found = beginsWith(rows, current, event.key);
      if (found === null) return;
      focus(found);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const folderUnder = (event: DragEvent): string => {
    const key = (event.target as Element).closest("[data-key]")?.getAttribute("data-key") ?? "";
    const row = rows.find((each) => each.key === key);
    if (row === undefined) return "";
    if (row.type !== "entry") return row.folder;
    return row.entry.kind === "folder" ? row.entry.address : parentOf(row.entry.address);
  };
  const takes = (event: DragEvent): boolean =>
    mayWrite && (event.dataTransfer.types.includes("Files") || event.dataTransfer.types.includes(MOVING));

  return (
    <div
      ref={box}
      role="tree"
      aria-label={t`Files`}
      tabIndex={-1}
      className="file-tree"
      data-over={over === "" || undefined}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(folderUnder(event));
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null);
      }}
      onDragEnd={() => setOver(null)}
      onDrop={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(null);
        const folder = folderUnder(event);
        if (event.dataTransfer.types.includes(MOVING)) {
          if (dragged.current !== null) actions.move(dragged.current, folder);
          dragged.current = null;
        } else props.onDrop(folder, event.dataTransfer);
      }}
    >
      {rows.map((row) =>
        row.type === "entry" ? (
          <FileRow
            key={row.key}
            row={row}
            active={row.key === current}
            wide={props.wide}
            renaming={renaming === row.key}
            draggable={mayWrite}
            target={over !== null && over !== "" && isWithin(row.key, over)}
            onPress={press}
            onFocus={(entry) => go(entry.address)}
            onRename={(entry, name) => {
              focus(entry.address);
              actions.rename(entry, name);
            }}
            onDragStart={(entry, event) => {
              dragged.current = entry;
              event.dataTransfer.setData(MOVING, entry.address);
              event.dataTransfer.setData("text/plain", entry.path);
              event.dataTransfer.effectAllowed = "move";
            }}
            menu={
              <FileMenu
                project={project}
                entry={row.entry}
                actions={actions}
                mayWrite={mayWrite}
                mayImport={props.mayImport}
                onOpen={onOpen}
              />
            }
          />
        ) : (
          <Aside key={row.key} row={row} active={row.key === current} onMore={more} />
        ),
      )}
    </div>
  );
}

function Aside({
  row,
  active,
  onMore,
}: {
  row: Exclude<Row, { type: "entry" }>;
  active: boolean;
  onMore: (folder: string) => void;
}) {
  const words =
    row.type === "more"
      ? t`Show more (${row.left.toLocaleString(currentLocale())} left)`
      : { loading: t`Loading…`, empty: t`Empty`, failed: t`Could not be loaded.` }[row.note];
  return (
    // The tree has the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="treeitem"
      aria-level={row.level}
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-key={row.key}
      className="file-row file-aside"
      style={{ paddingLeft: 24 + 16 * Math.min(row.level - 1, 12) }}
      onClick={() => row.type === "more" && onMore(row.folder)}
    >
      {row.type === "note" && row.note === "loading" && <Spinner />}
      {words}
    </div>
  );
}

const isPress = (event: KeyboardEvent): boolean => event.key === "Enter" || event.key === " ";

function rowElement(box: HTMLElement | null, key: string | null): HTMLElement | null {
  return key === null ? null : (box?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null);
}

/** The next row whose name begins with what was typed, from the current one on and around. */
function beginsWith(rows: readonly Row[], current: string, typed: string): string | null {
  const at = rows.findIndex((row) => row.key === current);
  const around = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  const found = around.find(
    (row) => row.type === "entry" && row.entry.name.toLowerCase().startsWith(typed.toLowerCase()),
  );
  return found?.key ?? null;
}
