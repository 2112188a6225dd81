import { Copy, Download, Ellipsis, FileCode, FileText, FileType, NotebookText, PencilLine, Trash2 } from "lucide-react";
import { Link } from "wouter";
import { Avatar } from "../../ui/Avatar";
import { AvatarStack } from "../../ui/AvatarStack";
import { Dot } from "../../ui/Dot";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../../ui/Menu";
import { Time } from "../../ui/Time";
import { api } from "../../wire/api";
import type { NotebookSummary } from "../../wire/http";
import { kernelWords } from "./kernelWords";

const EXPORTS = [
  { format: "py", label: "Download as script (.py)", icon: FileCode },
  { format: "html", label: "Download as page (.html)", icon: FileText },
  { format: "md", label: "Download as Markdown (.md)", icon: FileType },
] as const;

export interface NotebookRowProps {
  notebook: NotebookSummary;
  mayEdit: boolean;
  onRename: () => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

/** One notebook: name, who is in it, its kernel, who changed it last. The whole row opens it. */
export function NotebookRow({ notebook, mayEdit, onRename, onDuplicate, onDelete }: NotebookRowProps) {
  const kernel = kernelWords(notebook.kernel);
  return (
    <li className="relative flex min-h-15 items-center gap-3 py-2 pr-2 pl-4 transition-colors duration-100 first:rounded-t-card last:rounded-b-card hover:bg-hover">
      <NotebookText size={18} aria-hidden className="shrink-0 text-fg3" />
      <div className="min-w-0 flex-1">
        <Link
          href={`/n/${notebook.id}`}
          className="block truncate font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {notebook.name}
        </Link>
        <p className="flex min-w-0 items-center gap-1.5 text-[13px] text-fg3">
          {notebook.edited_by !== null && (
            <Avatar
              size="tiny"
              name={notebook.edited_by.display_name}
              color={notebook.edited_by.color}
              className="max-sm:hidden"
            />
          )}
          <span className="truncate">
            {notebook.edited_by === null ? "Edited " : `${notebook.edited_by.display_name} edited `}
            <span className="relative z-10">
              <Time at={notebook.edited_at} />
            </span>
            <span className="max-sm:hidden"> · {notebook.cells === 1 ? "1 cell" : `${notebook.cells} cells`}</span>
          </span>
        </p>
      </div>
      {kernel !== null && (
        <span className="flex items-center gap-1.5 text-[13px] text-fg2">
          <Dot tone={kernel.tone} />
          {kernel.word}
        </span>
      )}
      <span className="relative z-10 flex min-w-14 justify-end max-sm:hidden">
        <AvatarStack
          label="In here now"
          people={notebook.people.map((person) => ({ id: person.id, name: person.display_name, color: person.color }))}
        />
      </span>
      <div className="relative z-10">
        <Menu trigger={<IconButton icon={Ellipsis} label={`More for ${notebook.name}`} />}>
          {mayEdit && (
            <>
              <MenuItem icon={PencilLine} onSelect={onRename}>
                Rename…
              </MenuItem>
              <MenuItem icon={Copy} onSelect={onDuplicate}>
                Duplicate
              </MenuItem>
            </>
          )}
          <MenuLink icon={Download} href={api.ipynbAddress(notebook.id)} download={`${notebook.name}.ipynb`}>
            Download .ipynb
          </MenuLink>
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
              <MenuItem icon={Trash2} danger onSelect={onDelete}>
                Delete
              </MenuItem>
            </>
          )}
        </Menu>
      </div>
    </li>
  );
}
