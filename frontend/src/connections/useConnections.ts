import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Schemas } from "../wire/http";
import { connectionsQuery } from "../wire/queries";
import type { Connection, Value } from "./draft";

export interface Saved {
  readonly name: string;
  readonly attached: boolean;
  readonly fields: Record<string, Value | null>;
}

/** Says what a change means for kernels that run. */
function told(connection: Connection, what: string): void {
  const late = connection.kernels?.restart.length ?? 0;
  const reached = connection.kernels?.told ?? 0;
  if (late > 0)
    toastError(
      `${what} ${late === 1 ? "One kernel has" : `${late} kernels have`} not taken it: stop and start ${late === 1 ? "it" : "them"}.`,
    );
  else toast(reached > 0 ? `${what} Kernels that run have it.` : what);
}

export interface Changes {
  readonly save: UseMutationResult<Connection, Error, { of: Connection | null; kind: string; saved: Saved }>;
  readonly attach: UseMutationResult<Connection, Error, { of: Connection; attached: boolean }>;
  readonly remove: UseMutationResult<undefined, Error, Connection>;
}

export function useChanges(project: string): Changes {
  const client = useQueryClient();
  const settled = (): Promise<void> => client.invalidateQueries({ queryKey: connectionsQuery(project).queryKey });
  const save = useMutation({
    mutationFn: ({ of, kind, saved }: { of: Connection | null; kind: string; saved: Saved }) =>
      of === null ? api.makeConnection(project, { kind, ...saved }) : api.changeConnection(project, of.id, saved),
    onSuccess: (made, { of }) => told(made, of === null ? `${made.name} is added.` : `${made.name} is saved.`),
    onSettled: settled,
  });
  const attach = useMutation({
    mutationFn: ({ of, attached }: { of: Connection; attached: boolean }) =>
      api.changeConnection(project, of.id, { attached }),
    onSuccess: (made) => told(made, made.attached ? `Code can use ${made.name}.` : `Code has lost ${made.name}.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: settled,
  });
  const remove = useMutation({
    mutationFn: (connection: Connection) => api.removeConnection(project, connection.id),
    onSuccess: (_answer, connection) => toast(`${connection.name} is deleted.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: settled,
  });
  return { save, attach, remove };
}

export type TestResult = Schemas["ConnectionTest"];
