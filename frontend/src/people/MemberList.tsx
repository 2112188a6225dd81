import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut, X } from "lucide-react";
import { useLocation } from "wouter";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Banner } from "../ui/Banner";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/IconButton";
import { Loading, Skeleton } from "../ui/Skeleton";
import { toast, toastError, toastUndo } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Member, type Project, type Role } from "../wire/http";
import { membersQuery, meQuery, projectsQuery } from "../wire/queries";
import { grantable, mayManage, ROLE_WORDS, roleSentence } from "./roles";
import { RoleSelect } from "./RoleSelect";

/** The people of a project with the role of each; roles that one may not give are words, not controls. */
export function MemberList({ project, sentences = false }: { project: Project; sentences?: boolean }) {
  const client = useQueryClient();
  const query = membersQuery(project.id);
  const members = useQuery(query);
  const me = useQuery(meQuery);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["project", project.id] });
  const change = useMutation({
    mutationFn: ({ user, role }: { user: string; role: Role }) => api.setRole(project.id, user, { role }),
    onMutate: ({ user, role }) => {
      const before = client.getQueryData(query.queryKey);
      client.setQueryData(query.queryKey, (old: Member[] | undefined) =>
        old?.map((member) => (member.user.id === user ? { ...member, role } : member)),
      );
      return before;
    },
    onError: (error, _change, before) => {
      client.setQueryData(query.queryKey, before);
      toastError(reasonOf(error));
    },
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (member: Member) => api.removeMember(project.id, member.user.id),
    onSuccess: (_answer, member) => {
      if (member.pending === true) return;
      toastUndo(t`${member.user.display_name} was removed.`, () =>
        change.mutate({ user: member.user.id, role: member.role }),
      );
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: refresh,
  });

  const [, navigate] = useLocation();
  const leave = useMutation({
    mutationFn: () => api.leave(project.id),
    onSuccess: async () => {
      toast(t`You left “${project.name}”.`);
      navigate("/");
      await client.invalidateQueries({ queryKey: projectsQuery.queryKey });
    },
    onError: (error) => toastError(reasonOf(error)),
  });

  if (members.isPending) {
    return (
      <Loading label={t`Loading people`}>
        <div className="space-y-3">
          <Skeleton className="h-10 w-full" />
          <Skeleton className="h-10 w-full" />
        </div>
      </Loading>
    );
  }
  if (members.isError) return <Banner tone="err">{reasonOf(members.error)}</Banner>;
  const roles = grantable(project.rights);
  const owners = members.data.filter((member) => member.role === "owner" && member.pending !== true).length;
  return (
    <ul aria-label={t`People in this project`} className="divide-y divide-line rounded-card border border-line">
      {members.data.map((member) => {
        const self = member.user.id === me.data?.id;
        const lastOwner = member.role === "owner" && owners === 1 && member.pending !== true;
        const managed = mayManage(project.rights, member.role) && !lastOwner;
        return (
          <li key={member.user.id} className="flex min-h-13 items-center gap-3 py-2 pe-2 ps-3">
            <Avatar name={member.user.display_name} color={member.user.color} size="medium" />
            <div className="min-w-0 flex-1">
              <div className="flex items-center gap-2">
                <span className="truncate font-medium">{member.user.display_name}</span>
                {self && <Badge>{t`You`}</Badge>}
                {member.pending === true && <Badge tone="warn">{t`Invited`}</Badge>}
              </div>
              <div className={cx("text-[13px] text-fg3", !sentences && "truncate")}>
                {sentences
                  ? roleSentence(member.role, project.viewers_comment)
                  : member.pending === true
                    ? t`Has not joined yet`
                    : (member.email ?? member.user.name)}
              </div>
            </div>
            {managed ? (
              <>
                <RoleSelect
                  quiet
                  label={t`Role of ${member.user.display_name}`}
                  value={member.role}
                  roles={roles}
                  viewersComment={project.viewers_comment}
                  onChange={(role) => change.mutate({ user: member.user.id, role })}
                />
                {!self && (
                  <IconButton
                    icon={X}
                    size="small"
                    label={
                      member.pending === true
                        ? t`Take back the invitation of ${member.user.display_name}`
                        : t`Remove ${member.user.display_name}`
                    }
                    onClick={() => remove.mutate(member)}
                  />
                )}
              </>
            ) : (
              <span className="px-2 text-fg2">{ROLE_WORDS[member.role].name}</span>
            )}
            {self && !lastOwner && (
              <IconButton icon={LogOut} size="small" label={t`Leave this project`} onClick={() => leave.mutate()} />
            )}
          </li>
        );
      })}
    </ul>
  );
}
