import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Input } from "../../ui/Input";
import { toast } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Schemas } from "../../wire/http";
import { groupsQuery, usersQuery } from "../../wire/queries";
import { PickList } from "../shell/PickList";

/** Makes a group, or changes its name and its people. */
export function GroupDialog({ group, onClose }: { group: Schemas["Group"] | null; onClose: () => void }) {
  const client = useQueryClient();
  const users = useQuery(usersQuery);
  const [name, setName] = useState(group?.name ?? "");
  const [members, setMembers] = useState<ReadonlySet<string>>(
    () => new Set(group?.members.map((member) => member.id) ?? []),
  );
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), members: [...members] };
      return group === null ? api.makeGroup(body) : api.changeGroup(group.id, body);
    },
    onSuccess: async (saved) => {
      onClose();
      toast(group === null ? t`${saved.name} is made.` : t`${saved.name} is saved.`);
      await client.invalidateQueries({ queryKey: groupsQuery.queryKey });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={group === null ? t`Add a group` : t`Change ${group.name}`}
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button kind="primary" busy={save.isPending} disabled={name.trim() === ""} onClick={() => save.mutate()}>
            {group === null ? t`Add group` : t`Save`}
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") save.mutate();
        }}
      >
        <Field label={t`Name`} error={save.isError ? reasonOf(save.error) : null}>
          <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        </Field>
        <PickList
          label={t`People`}
          all={(users.data ?? []).map((user) => ({
            id: user.id,
            name: user.display_name,
            also: user.name,
            lead: <Avatar name={user.display_name} color={user.color} size="small" />,
          }))}
          chosen={members}
          onChange={setMembers}
          empty={t`Nobody has an account.`}
        />
      </form>
    </Dialog>
  );
}
