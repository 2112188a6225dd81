import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { CopyField } from "../ui/CopyField";
import { Field } from "../ui/Field";
import { Input } from "../ui/Input";
import { toast } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Project, type Role } from "../wire/http";
import { membersQuery } from "../wire/queries";
import { grantable, roleSentence } from "./roles";
import { RoleSelect } from "./RoleSelect";

/** Invites by sign-in name or e-mail. For somebody without an account it shows the sign-up link, once. */
export function InviteForm({ project }: { project: Project }) {
  const client = useQueryClient();
  const roles = grantable(project.rights);
  const [who, setWho] = useState("");
  const [role, setRole] = useState<Role>(roles.includes("collaborator") ? "collaborator" : (roles.at(-1) ?? "viewer"));
  const invite = useMutation({
    mutationFn: () => api.invite(project.id, { who: who.trim(), role }),
    onSuccess: async (invited) => {
      setWho("");
      if (invited.url === null) toast(t`${invited.member.user.display_name} is in.`);
      await client.invalidateQueries({ queryKey: membersQuery(project.id).queryKey });
    },
  });
  const url = invite.data?.url ?? null;
  return (
    <div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (who.trim() !== "") invite.mutate();
        }}
      >
        <div className="flex flex-wrap items-start gap-2">
          <div className="min-w-48 flex-1">
            <Field label={t`Invite somebody`} error={invite.isError ? reasonOf(invite.error) : null}>
              <Input
                placeholder={t`Name or e-mail`}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                value={who}
                onChange={(event) => {
                  setWho(event.target.value);
                  if (invite.isError) invite.reset();
                }}
              />
            </Field>
          </div>
          {/* Outside the field: inside, the select would take over the input's name. */}
          <div className="flex gap-2 sm:mt-[26px]">
            <RoleSelect
              label={t`Role`}
              value={role}
              roles={roles}
              viewersComment={project.viewers_comment}
              onChange={setRole}
              className="w-36"
            />
            <Button
              type="submit"
              kind="primary"
              icon={UserPlus}
              busy={invite.isPending}
              disabled={who.trim() === ""}
            >{t`Invite`}</Button>
          </div>
        </div>
        <p className="mt-1 text-[13px] text-fg3">{roleSentence(role, project.viewers_comment)}</p>
      </form>
      {url !== null && (
        <div className="mt-3 rounded-card border border-line bg-panel p-3">
          <p className="mb-2">
            <Trans>
              <strong className="font-medium">{invite.data?.member.email ?? t`This person`}</strong> has no account yet.
              Send them this link; it is shown only now.
            </Trans>
          </p>
          <CopyField label={t`Sign-up link`} text={url} />
        </div>
      )}
    </div>
  );
}
