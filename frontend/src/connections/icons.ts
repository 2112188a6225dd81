import { Archive, Braces, Database, GitBranch, Warehouse, type LucideIcon } from "lucide-react";

/** The icon of a group of kinds. */
export const GROUP_ICONS: Readonly<Record<string, LucideIcon>> = {
  Databases: Database,
  Warehouses: Warehouse,
  Files: Archive,
  Code: GitBranch,
  Other: Braces,
};
