import {
  Braces,
  Database,
  File,
  FileCode2,
  FileImage,
  FileText,
  Folder,
  FolderOpen,
  Link2,
  NotebookText,
  Package,
  Table2,
  type LucideIcon,
} from "lucide-react";
import type { FileEntry } from "../wire/http";
import { endingOf } from "./names";

const BY_ENDING: Readonly<Record<string, LucideIcon>> = {
  ipynb: NotebookText,
  ...of(FileCode2, "py", "r", "jl", "js", "ts", "sh", "sql", "html", "css"),
  ...of(Table2, "csv", "tsv", "parquet", "feather", "xlsx", "xls"),
  ...of(FileImage, "png", "jpg", "jpeg", "gif", "webp", "svg"),
  ...of(FileText, "md", "txt", "pdf", "rst", "log"),
  ...of(Braces, "json", "jsonl", "yaml", "yml", "toml", "xml"),
  ...of(Database, "db", "sqlite", "sqlite3", "duckdb"),
  ...of(Package, "zip", "gz", "tar", "bz2", "xz", "7z"),
};

function of(icon: LucideIcon, ...endings: string[]): Record<string, LucideIcon> {
  return Object.fromEntries(endings.map((ending) => [ending, icon]));
}

export function FileIcon({ entry, open }: { entry: FileEntry; open: boolean }) {
  const Icon =
    entry.kind === "folder"
      ? open
        ? FolderOpen
        : Folder
      : entry.kind === "link"
        ? Link2
        : (BY_ENDING[endingOf(entry.name)] ?? File);
  return (
    <Icon size={16} aria-hidden className={entry.kind === "folder" ? "shrink-0 text-accent" : "shrink-0 text-fg3"} />
  );
}
