import { plural, t } from "@lingui/core/macro";
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
      plural(late, {
        one: `${what} One kernel has not taken it: stop and start it.`,
        other: `${what} # kernels have not taken it: stop and start them.`,
      }),
    );
  else toast(reached > 0 ? t`${what} Kernels that run have it.` : what);
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
    onSuccess: (made, { of }) => told(made, of === null ? t`${made.name} is added.` : t`${made.name} is saved.`),
    onSettled: settled,
  });
  const attach = useMutation({
    mutationFn: ({ of, attached }: { of: Connection; attached: boolean }) =>
      api.changeConnection(project, of.id, { attached }),
    onSuccess: (made) => told(made, made.attached ? t`Code can use ${made.name}.` : t`Code has lost ${made.name}.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: settled,
  });
  const remove = useMutation({
    mutationFn: (connection: Connection) => api.removeConnection(project, connection.id),
    onSuccess: (_answer, connection) => toast(t`${connection.name} is deleted.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: settled,
  });
  return { save, attach, remove };
}

export type TestResult = Schemas["ConnectionTest"];
