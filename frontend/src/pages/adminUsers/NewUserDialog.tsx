import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { usersQuery } from "../../wire/queries";
import { AccountForm } from "../shell/AccountForm";

export function NewUserDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: api.makeUser,
    onSuccess: async (user) => {
      onOpenChange(false);
      toast(t`${user.display_name} can sign in now.`);
      await client.invalidateQueries({ queryKey: usersQuery.queryKey });
    },
  });
  const close = (next: boolean): void => {
    onOpenChange(next);
    make.reset();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t`Add somebody`}
      description={t`Tell them the password yourself; they can change it under Account.`}
    >
      <AccountForm
        action={t`Add account`}
        busy={make.isPending}
        refusal={make.isError ? reasonOf(make.error) : null}
        onSubmit={(draft) =>
          make.mutate({
            name: draft.name,
            email: draft.email.trim(),
            password: draft.password,
            display_name: draft.displayName.trim(),
          })
        }
      />
    </Dialog>
  );
}
