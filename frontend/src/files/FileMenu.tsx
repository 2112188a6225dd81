import { t } from "@lingui/core/macro";
import {
  Code2,
  Copy,
  Download,
  Eye,
  FilePenLine,
  FilePlus,
  FileUp,
  FolderInput,
  FolderPlus,
  MoreHorizontal,
  NotebookText,
  PackageOpen,
  PencilLine,
  Trash2,
} from "lucide-react";
import { useLocation } from "wouter";
import { copyText } from "../ui/copyText";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../ui/Menu";
import { toast, toastError } from "../ui/Toast";
import { fileAddress } from "../wire/api";
import type { FileEntry } from "../wire/http";
import { codeFor, editorAddress, isNotebookFile, readable } from "./names";
import { isArchive, isText } from "./preview";
import type { FileActions } from "./useFileActions";

export interface FileMenuProps {
  project: string;
  entry: FileEntry;
  actions: FileActions;
  mayWrite: boolean;
  mayImport: boolean;
  onOpen: (entry: FileEntry) => void;
}

/** Everything that can be done with one file or folder. */
export function FileMenu({ project, entry, actions, mayWrite, mayImport, onOpen }: FileMenuProps) {
  const [, navigate] = useLocation();
  const name = readable(entry.name);
  const address = fileAddress(project, entry.address);
  const isFolder = entry.kind === "folder";
  const copy = (text: string): void => {
    void copyText(text).then((copied) => {
      if (copied) toast(t`Copied: ${text}`);
      else toastError(t`The browser did not allow copying.`);
    });
  };
  return (
    <Menu trigger={<IconButton icon={MoreHorizontal} size="small" label={t`More for ${name}`} tabIndex={-1} />}>
      {entry.kind === "file" && <MenuItem icon={Eye} onSelect={() => onOpen(entry)}>{t`Open`}</MenuItem>}
      {entry.kind === "file" && isText(entry.name) && (
        <MenuItem icon={FilePenLine} onSelect={() => navigate(editorAddress(project, entry.address))}>
          {mayWrite ? t`Edit` : t`Open in the editor`}
        </MenuItem>
      )}
      {entry.kind === "file" && mayImport && isNotebookFile(entry.name) && (
        <MenuItem icon={NotebookText} onSelect={() => actions.importNotebook(entry)}>{t`Import as notebook`}</MenuItem>
      )}
      {entry.kind === "file" && mayWrite && isArchive(entry.name) && (
        <MenuItem icon={PackageOpen} onSelect={() => actions.unpack(entry)}>
          {t`Unpack`}
        </MenuItem>
      )}
      {isFolder && mayWrite && (
        <>
          <MenuItem icon={FilePlus} onSelect={() => actions.newFile(entry.address)}>
            {t`New text file here`}
          </MenuItem>
          <MenuItem icon={FolderPlus} onSelect={() => actions.newFolder(entry.address)}>{t`New folder here`}</MenuItem>
          <MenuItem icon={FileUp} onSelect={() => actions.choose(entry.address)}>{t`Upload files here`}</MenuItem>
        </>
      )}
      {entry.kind === "file" && <MenuLink icon={Download} href={address} download={entry.name}>{t`Download`}</MenuLink>}
      {isFolder && (
        <MenuLink
          icon={Download}
          href={`${address}?format=zip`}
          download={`${entry.name}.zip`}
        >{t`Download as ZIP`}</MenuLink>
      )}
      <MenuItem icon={Code2} onSelect={() => copy(codeFor(entry))}>{t`Copy as code`}</MenuItem>
      <MenuItem icon={Copy} onSelect={() => copy(entry.path)}>{t`Copy path`}</MenuItem>
      {mayWrite && (
        <>
          <MenuSeparator />
          <MenuItem icon={PencilLine} keys={["F2"]} onSelect={() => actions.beginRename(entry)}>{t`Rename`}</MenuItem>
          <MenuItem icon={FolderInput} onSelect={() => actions.askWhere(entry)}>{t`Move to…`}</MenuItem>
          <MenuItem icon={Trash2} danger keys={["Del"]} onSelect={() => actions.remove(entry)}>{t`Delete`}</MenuItem>
        </>
      )}
    </Menu>
  );
}
