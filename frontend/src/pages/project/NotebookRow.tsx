import { plural, t } from "@lingui/core/macro";
import { Copy, Download, Ellipsis, FileCode, FileText, FileType, PencilLine, Trash2 } from "lucide-react";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../../ui/Menu";
import { api } from "../../wire/api";
import type { NotebookSummary } from "../../wire/http";
import { NotebookLine } from "../shell/NotebookLine";

const EXPORTS = [
  { format: "py", label: t`Download as script (.py)`, icon: FileCode },
  { format: "deepnote", label: t`Download for Deepnote (.deepnote)`, icon: FileCode },
  { format: "html", label: t`Download as page (.html)`, icon: FileText },
  { format: "md", label: t`Download as Markdown (.md)`, icon: FileType },
] as const;

export interface NotebookRowProps {
  notebook: NotebookSummary;
  mayEdit: boolean;
  onRename: () => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

/** One notebook of the project, with what can be done with it. */
export function NotebookRow({ notebook, mayEdit, onRename, onDuplicate, onDelete }: NotebookRowProps) {
  return (
    <NotebookLine notebook={notebook} detail={plural(notebook.cells, { one: "# cell", other: "# cells" })}>
      <Menu trigger={<IconButton icon={Ellipsis} label={t`More for ${notebook.name}`} />}>
        {mayEdit && (
          <>
            <MenuItem icon={PencilLine} onSelect={onRename}>{t`Rename…`}</MenuItem>
            <MenuItem icon={Copy} onSelect={onDuplicate}>{t`Duplicate`}</MenuItem>
          </>
        )}
        <MenuLink
          icon={Download}
          href={api.ipynbAddress(notebook.id)}
          download={`${notebook.name}.ipynb`}
        >{t`Download .ipynb`}</MenuLink>
        {EXPORTS.map(({ format, label, icon }) => (
          <MenuLink
            key={format}
            icon={icon}
            href={api.exportAddress(notebook.id, format)}
            download={`${notebook.name}.${format}`}
          >
            {label}
          </MenuLink>
        ))}
        {mayEdit && (
          <>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={onDelete}>{t`Delete`}</MenuItem>
          </>
        )}
      </Menu>
    </NotebookLine>
  );
}
