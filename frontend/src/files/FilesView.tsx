import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Download, FilePlus, FileUp, Files, FolderPlus, FolderUp, MoreHorizontal, Trash2 } from "lucide-react";
import { useEffect, useRef, useState, type ReactElement } from "react";
import { useLocation } from "wouter";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLink } from "../ui/Menu";
import { partOnDemand } from "../ui/onDemand";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toastError } from "../ui/Toast";
import { api, fileAddress } from "../wire/api";
import { reasonOf, type FileEntry } from "../wire/http";
import { filesUsageQuery } from "../wire/queries";
import { BinDialog } from "./BinDialog";
import { readDrop, useDropTarget } from "./dropped";
import { FileTree } from "./FileTree";
import { MoveDialog } from "./MoveDialog";
import { sizeText } from "../model/sizes";
import { editorAddress, joined, textOf } from "./names";
import { previewOf } from "./preview";
import { treeOf } from "./treeState";
import { UploadList } from "./UploadList";
import { onArrival, uploadsOf } from "./uploadsOf";
import { useFileActions } from "./useFileActions";
import { useListings } from "./useListings";
import "./files.css";

const PreviewDialog = partOnDemand(async () => (await import("./PreviewDialog")).PreviewDialog);

/** What the server opens for editing. */
const EDITED_BYTES = 2 * 1024 * 1024;

/** Draws a table in its stored form; the tables of cells are drawn by the same. */
export type DrawTable = (value: unknown, label: string) => ReactElement;

export interface FilesViewProps {
  project: string;
  projectName: string;
  /** Whether this person may write files. */
  mayWrite: boolean;
  /** Whether this person may make notebooks of files. */
  mayImport: boolean;
  /** With sizes and times, where there is room. */
  wide?: boolean;
  drawTable: DrawTable;
}

/** The files of a project: the tree, and everything that is done with it. */
export function FilesView({ project, projectName, mayWrite, mayImport, wide = false, drawTable }: FilesViewProps) {
  const [, navigate] = useLocation();
  const { listings, refresh } = useListings(project);
  const tree = treeOf(project);
  const hidden = tree((state) => state.hidden);
  const uploads = uploadsOf(project);
  const [opened, setOpened] = useState<FileEntry | null>(null);
  const [moving, setMoving] = useState<FileEntry | null>(null);
  const [showsBin, setShowsBin] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  const target = useRef("");
  const box = useRef<HTMLElement>(null);

  useEffect(() => onArrival(() => void refresh()), [refresh]);
  const choose = (folder: string): void => {
    target.current = folder;
    files.current?.click();
  };
  const actions = useFileActions(project, refresh, {
    choose,
    where: setMoving,
    openNotebook: (id) => navigate(`/n/${id}`),
  });
  const send = (folder: string, chosen: readonly { path: string; file: File }[]): void => {
    const above = textOf(folder);
    if (above === null || chosen.length === 0) return;
    tree.getState().open(folder);
    uploads.add(above, chosen);
  };
  const drop = (folder: string, transfer: DataTransfer): void => {
    void readDrop(transfer)
      .then(async (dropped) => {
        send(folder, dropped.files);
        for (const path of dropped.empty) await api.makeFolder(project, joined(textOf(folder) ?? "", path));
        if (dropped.empty.length > 0) await refresh(folder);
      })
      .catch((error: unknown) => toastError(reasonOf(error)));
  };

  useDropTarget(box, mayWrite, (transfer) => drop("", transfer));

  const root = listings.get("");
  const shown =
    root === undefined || root === "loading" || root === "failed"
      ? null
      : root.items.filter((entry) => hidden || !entry.name.startsWith("."));
  return (
    <section ref={box} aria-label={t`Files of the project`} className={wide ? "files files-wide" : "files"}>
      <div className="files-head">
        <h2
          className={
            wide ? "text-[14px] leading-8 font-medium text-fg2" : "text-xs font-semibold tracking-normal text-fg3"
          }
        >
          {wide ? <Usage project={project} /> : t`Files`}
        </h2>
        <div className="flex items-center gap-0.5">
          {mayWrite && wide && (
            <>
              <Button icon={FolderPlus} className="me-1" onClick={() => actions.newFolder("")}>{t`New folder`}</Button>
              <Button icon={FileUp} className="me-1" onClick={() => choose("")}>{t`Upload files`}</Button>
            </>
          )}
          {mayWrite && !wide && (
            <>
              <IconButton icon={FolderPlus} size="small" label={t`New folder`} onClick={() => actions.newFolder("")} />
              <IconButton icon={FileUp} size="small" label={t`Upload files`} onClick={() => choose("")} />
            </>
          )}
          <Menu
            trigger={
              <IconButton icon={MoreHorizontal} size={wide ? "medium" : "small"} label={t`More about the files`} />
            }
          >
            {mayWrite && (
              <MenuItem icon={FilePlus} onSelect={() => actions.newFile("")}>
                {t`New text file`}
              </MenuItem>
            )}
            {mayWrite && (
              <MenuItem
                icon={FolderUp}
                onSelect={() => {
                  target.current = "";
                  folders.current?.click();
                }}
              >{t`Upload a folder`}</MenuItem>
            )}
            <MenuLink
              icon={Download}
              href={`${fileAddress(project, "")}?format=zip`}
              download={`${projectName || "files"}.zip`}
            >{t`Download all as ZIP`}</MenuLink>
            <MenuItem onSelect={() => tree.getState().showHidden(!hidden)}>
              {hidden ? t`Hide hidden files` : t`Show hidden files`}
            </MenuItem>
            {mayWrite && <MenuItem icon={Trash2} onSelect={() => setShowsBin(true)}>{t`Deleted files`}</MenuItem>}
          </Menu>
        </div>
      </div>
      <UploadList uploads={uploads} />
      {root === "failed" && (
        <Banner tone="err">{t`The files could not be loaded. They are read again by themselves.`}</Banner>
      )}
      {root === "loading" && (
        <Loading label={t`Loading the files`}>
          <div className="flex flex-col gap-2 px-2 pt-1">
            <Skeleton className="h-5 w-4/5" />
            <Skeleton className="h-5 w-3/5" />
          </div>
        </Loading>
      )}
      {shown !== null &&
        (shown.length === 0 ? (
          <Nothing wide={wide} mayWrite={mayWrite} onChoose={() => choose("")} />
        ) : (
          <FileTree
            project={project}
            listings={listings}
            actions={actions}
            mayWrite={mayWrite}
            mayImport={mayImport}
            wide={wide}
            onOpen={(entry) =>
              opensEditor(entry) ? navigate(editorAddress(project, entry.address)) : setOpened(entry)
            }
            onDrop={drop}
          />
        ))}
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t`Files to upload`}
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])].map((file) => ({ path: file.name, file }));
          event.target.value = "";
          send(target.current, chosen);
        }}
      />
      <input
        ref={folders}
        type="file"
        hidden
        aria-label={t`Folder to upload`}
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])].map((file) => ({ path: file.webkitRelativePath, file }));
          event.target.value = "";
          send(target.current, chosen);
        }}
      />
      {moving !== null && (
        <MoveDialog
          project={project}
          entry={moving}
          onClose={() => setMoving(null)}
          onMove={(folder) => {
            setMoving(null);
            actions.move(moving, folder);
          }}
        />
      )}
      {showsBin && <BinDialog project={project} onRestore={actions.restore} onClose={() => setShowsBin(false)} />}
      {opened !== null && (
        <PreviewDialog
          key={opened.address}
          project={project}
          entry={opened}
          mayWrite={mayWrite}
          mayImport={mayImport}
          drawTable={drawTable}
          onImport={() => actions.importNotebook(opened)}
          onClose={() => setOpened(null)}
        />
      )}
    </section>
  );
}

/** Tables and Markdown are looked at first; every other text is opened where it can be changed. */
export const opensEditor = (entry: FileEntry): boolean =>
  entry.kind === "file" && previewOf(entry.name) === "text" && entry.size <= EDITED_BYTES;

function Usage({ project }: { project: string }) {
  const usage = useQuery(filesUsageQuery(project)).data;
  if (usage === undefined) return <>{t`Files`}</>;
  const { used, limit } = usage;
  if (limit == null) return <>{t`${sizeText(used)} used`}</>;
  return (
    <span className="flex items-center gap-3">
      <span>{t`${sizeText(used)} of ${sizeText(limit)} used`}</span>
      <meter
        className="files-meter"
        min={0}
        max={limit}
        high={limit * 0.9}
        value={used}
        aria-label={t`Disk used by files`}
      />
    </span>
  );
}

function Nothing({ wide, mayWrite, onChoose }: { wide: boolean; mayWrite: boolean; onChoose: () => void }) {
  const words = mayWrite
    ? t`Drop files or folders here. Cells find them in their working folder.`
    : t`Files that cells write or people upload show here.`;
  if (!wide) return <p className="px-2 py-1 text-[13px] text-fg3">{words}</p>;
  return (
    <div className="rounded-[14px] border border-dashed border-line2">
      <EmptyState
        icon={Files}
        title={t`No file yet`}
        actions={mayWrite ? <Button icon={FileUp} onClick={onChoose}>{t`Upload files`}</Button> : undefined}
      >
        {words}
      </EmptyState>
    </div>
  );
}
