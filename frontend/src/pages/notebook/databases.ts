/** The databases of a project, as a notebook's cells of SQL choose among them. */

import { useQuery } from "@tanstack/react-query";
import { connectionKindsQuery, connectionsQuery } from "../../wire/queries";

export interface Database {
  readonly id: string;
  readonly name: string;
  /** What its kind is called, as "PostgreSQL". */
  readonly kind: string;
  /** The kind as the server names it. */
  readonly of: string;
  /** What installs its driver. */
  readonly driver: string | null;
}

/** What stands in lists for the tables in the kernel. */
export const FRAMES = "frames";

const GROUPS = new Set(["Databases", "Warehouses"]);

/** Null while the list is on its way. */
export function useDatabases(project: string | null): Database[] | null {
  const connections = useQuery({ ...connectionsQuery(project ?? ""), enabled: project !== null }).data;
  const kinds = useQuery(connectionKindsQuery).data;
  if (connections === undefined || kinds === undefined) return null;
  const known = new Map(kinds.filter((kind) => GROUPS.has(kind.group)).map((kind) => [kind.id, kind]));
  return connections.flatMap(({ id, name, kind }) => {
    const found = known.get(kind);
    return found === undefined ? [] : [{ id, name, kind: found.label, of: found.id, driver: found.driver }];
  });
}
