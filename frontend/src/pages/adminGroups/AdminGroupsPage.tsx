import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, UsersRound } from "lucide-react";
import { useState } from "react";
import { AvatarStack } from "../../ui/AvatarStack";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { IconButton } from "../../ui/IconButton";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Me, type Schemas } from "../../wire/http";
import { groupsQuery } from "../../wire/queries";
import { AdminShell } from "../shell/AdminShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { GroupDialog } from "./GroupDialog";

type Group = Schemas["Group"];

export default function AdminGroupsPage() {
  return <SignedIn>{(me) => <Groups me={me} />}</SignedIn>;
}

const LEAD = t`Hardware classes can be kept for groups. A group gives no rights in any project.`;

function Groups({ me }: { me: Me }) {
  const groups = useQuery(groupsQuery);
  const [editing, setEditing] = useState<Group | "new" | null>(null);
  const add = <Button kind="primary" icon={Plus} onClick={() => setEditing("new")}>{t`Add a group`}</Button>;
  return (
    <AdminShell title={t`Groups`} lead={LEAD} me={me} actions={add}>
      {groups.data === undefined ? (
        groups.isError ? (
          <Problem error={groups.error} onRetry={() => void groups.refetch()} />
        ) : (
          <Loading label={t`Loading the groups`}>
            <Skeleton className="h-14 w-full rounded-card" />
          </Loading>
        )
      ) : groups.data.length === 0 ? (
        <div className="rounded-card border border-line bg-card shadow-low">
          <EmptyState
            icon={UsersRound}
            title={t`No groups yet`}
          >{t`Put people together once, such as a lab or a course, and keep machines for them.`}</EmptyState>
        </div>
      ) : (
        <ul aria-label={t`Groups`} className="divide-y divide-line rounded-card border border-line bg-card shadow-low">
          {groups.data.map((group) => (
            <Row key={group.id} group={group} onEdit={() => setEditing(group)} />
          ))}
        </ul>
      )}
      {editing !== null && (
        <GroupDialog
          key={editing === "new" ? "new" : editing.id}
          group={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </AdminShell>
  );
}

function Row({ group, onEdit }: { group: Group; onEdit: () => void }) {
  const client = useQueryClient();
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: groupsQuery.queryKey });
  const failed = (error: unknown): void => toastError(reasonOf(error));
  const restore = async (): Promise<void> => {
    try {
      await api.makeGroup({ name: group.name, members: group.members.map((member) => member.id) });
      toast(t`${group.name} is back.`);
    } catch (error) {
      failed(error);
    }
    await refresh();
  };
  const remove = useMutation({
    mutationFn: () => api.removeGroup(group.id),
    onSuccess: () => toastUndo(t`${group.name} is deleted.`, () => void restore()),
    onError: failed,
    onSettled: refresh,
  });
  const names = group.members.map((member) => member.display_name);
  return (
    <li aria-label={group.name} className="flex min-h-16 items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <div className="truncate font-medium">{group.name}</div>
        <div className="truncate text-[13px] text-fg3">
          {names.length === 0 ? t`Nobody yet` : names.slice(0, 6).join(", ") + (names.length > 6 ? "…" : "")}
        </div>
      </div>
      {group.members.length > 0 && (
        <span className="max-sm:hidden">
          <AvatarStack
            label={t`In this group`}
            people={group.members.map(({ id, display_name: name, color }) => ({ id, name, color }))}
          />
        </span>
      )}
      <Button
        size="small"
        kind="ghost"
        icon={Pencil}
        aria-label={t`Edit ${group.name}`}
        onClick={onEdit}
      >{t`Edit`}</Button>
      <IconButton icon={Trash2} label={t`Delete ${group.name}`} onClick={() => remove.mutate()} />
    </li>
  );
}
