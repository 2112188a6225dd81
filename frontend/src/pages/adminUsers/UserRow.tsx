import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, KeyRound, LockKeyhole, LockKeyholeOpen, ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { Avatar } from "../../ui/Avatar";
import { Badge } from "../../ui/Badge";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Time } from "../../ui/Time";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type Schemas } from "../../wire/http";
import { usersQuery } from "../../wire/queries";
import { PasswordLinkDialog } from "./PasswordLinkDialog";

type SiteUser = Schemas["SiteUser"];

/** One account, and what an admin can do with it. Nobody changes their own here: somebody must stay who can. */
export function UserRow({ user, isMe }: { user: SiteUser; isMe: boolean }) {
  const client = useQueryClient();
  const [link, setLink] = useState<Schemas["MadePasswordLink"] | null>(null);
  const isClosed = user.disabled_at !== null;

  const change = useMutation({
    mutationFn: (body: Schemas["ChangeSiteUser"]) => api.changeUser(user.id, body),
    onSuccess: (changed, body) => {
      const name = changed.display_name;
      if (body.disabled === true)
        toastUndo(t`${name} is signed out everywhere and cannot sign in.`, () => change.mutate({ disabled: false }));
      else if (body.disabled === false) toast(t`${name} can sign in again.`);
      else
        toast(changed.admin ? t`${name} manages this server now.` : t`${name} does not manage this server any more.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: usersQuery.queryKey }),
  });
  const makeLink = useMutation({
    mutationFn: () => api.makePasswordLink(user.id),
    onSuccess: setLink,
    onError: (error) => toastError(reasonOf(error)),
  });

  return (
    <li className="flex min-h-14 items-center gap-3 py-2 pe-2 ps-4">
      <Avatar name={user.display_name} color={user.color} />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <span className={isClosed ? "truncate font-medium text-fg3" : "truncate font-medium"}>
            {user.display_name}
          </span>
          {isMe && <Badge>{t`You`}</Badge>}
          {user.admin && <Badge tone="accent">{t`Manages this server`}</Badge>}
          {isClosed && <Badge>{t`Closed`}</Badge>}
        </div>
        <div className="truncate text-[13px] text-fg3">
          {user.name} · {user.email}
        </div>
      </div>
      <span className="text-[13px] text-fg3 max-sm:hidden">
        {user.last_seen_at === null ? (
          <Trans>
            since <Time at={user.created_at} />
          </Trans>
        ) : (
          <Trans>
            last here <Time at={user.last_seen_at} />
          </Trans>
        )}
      </span>
      <span className="flex size-8 shrink-0 items-center justify-center">
        {!isMe && (
          <Menu trigger={<IconButton icon={Ellipsis} label={t`More for ${user.display_name}`} />}>
            {!isClosed && (
              <>
                <MenuItem icon={KeyRound} onSelect={() => makeLink.mutate()}>
                  {t`Link for a new password…`}
                </MenuItem>
                <MenuItem
                  icon={user.admin ? ShieldOff : ShieldCheck}
                  onSelect={() => change.mutate({ admin: !user.admin })}
                >
                  {user.admin ? t`Let them manage this server no more` : t`Let them manage this server`}
                </MenuItem>
                <MenuSeparator />
              </>
            )}
            <MenuItem
              icon={isClosed ? LockKeyholeOpen : LockKeyhole}
              danger={!isClosed}
              onSelect={() => change.mutate({ disabled: !isClosed })}
            >
              {isClosed ? t`Open the account again` : t`Close the account`}
            </MenuItem>
          </Menu>
        )}
      </span>
      <PasswordLinkDialog name={user.display_name} link={link} onClose={() => setLink(null)} />
    </li>
  );
}
