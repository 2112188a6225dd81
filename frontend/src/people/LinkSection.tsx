import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { useState } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { CopyField } from "../ui/CopyField";
import { copyText } from "../ui/copyText";
import { timeUntil } from "../ui/relativeTime";
import { Select } from "../ui/Select";
import { Time, useNow } from "../ui/Time";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Link, type Project, type Role } from "../wire/http";
import { linksQuery } from "../wire/queries";
import { EXPIRIES, expiresAt, type Expiry } from "./linkExpiry";
import { grantable, LINK_ROLES, ROLE_WORDS, roleSentence } from "./roles";
import { RoleSelect } from "./RoleSelect";

/** Share links: make one and copy it at once, see those that work, revoke them. */
export function LinkSection({ project }: { project: Project }) {
  const client = useQueryClient();
  const query = linksQuery(project.id);
  const links = useQuery(query);
  const roles = grantable(project.rights, LINK_ROLES);
  const [role, setRole] = useState<Role>("viewer");
  const [expiry, setExpiry] = useState<Expiry>("week");
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: query.queryKey });
  const make = useMutation({
    mutationFn: () => api.makeLink(project.id, { role, expires_at: expiresAt(expiry, new Date()) }),
    onSuccess: async (made) => {
      if (await copyText(made.url)) toast(t`The link is on your clipboard.`);
      await refresh();
    },
  });
  const revoke = useMutation({
    mutationFn: (link: Link) => api.revokeLink(project.id, link.id),
    onSuccess: () => {
      make.reset();
      toast(t`The link no longer works, and those inside by it are out.`);
    },
    onError: (error) => toastError(reasonOf(error)),
    onSettled: refresh,
  });

  return (
    <section aria-labelledby="share-link-heading" className="mt-6 border-t border-line pt-5">
      <h3 id="share-link-heading" className="text-[13px] font-medium">{t`Share by link`}</h3>
      <p className="mt-0.5 text-[13px] text-fg3">
        {roleSentence(role, project.viewers_comment)}{" "}
        {project.links_without_account ? t`Works without an account.` : t`Asks people to sign in first.`}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <RoleSelect
          label={t`Role of the link`}
          value={role}
          roles={roles}
          viewersComment={project.viewers_comment}
          onChange={setRole}
          className="w-36"
        />
        <Select
          label={t`How long the link works`}
          value={expiry}
          onChange={setExpiry}
          options={EXPIRIES}
          className="w-36"
        />
        <Button icon={Link2} busy={make.isPending} onClick={() => make.mutate()}>{t`Copy link`}</Button>
      </div>
      {make.isError && (
        <div className="mt-3">
          <Banner tone="err" live>
            {reasonOf(make.error)}
          </Banner>
        </div>
      )}
      {make.data !== undefined && (
        <div className="mt-3 rounded-card border border-line bg-panel p-3">
          <p className="mb-2 text-[13px] text-fg2">{t`Shown only now; the server keeps no copy of it.`}</p>
          <CopyField label={t`Share link`} text={make.data.url} />
        </div>
      )}
      {links.data !== undefined && links.data.length > 0 && (
        <ul aria-label={t`Links that work`} className="mt-3 divide-y divide-line rounded-card border border-line">
          {links.data.map((link) => (
            <LinkRow
              key={link.id}
              link={link}
              busy={revoke.isPending && revoke.variables.id === link.id}
              onRevoke={() => revoke.mutate(link)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function LinkRow({ link, busy, onRevoke }: { link: Link; busy: boolean; onRevoke: () => void }) {
  const now = useNow();
  return (
    <li className="flex min-h-12 items-center gap-3 py-2 pe-2 ps-3">
      <Link2 size={16} aria-hidden className="shrink-0 text-fg3" />
      <div className="min-w-0 flex-1">
        <div className="font-medium">{t`${ROLE_WORDS[link.role].name} link`}</div>
        <div className="truncate text-[13px] text-fg3">
          <Trans>
            {link.expires_at === null ? t`Until revoked` : t`Ends ${timeUntil(new Date(link.expires_at), now)}`} ·{" "}
            {uses(link.uses)} · made <Time at={link.created_at} />
            {link.created_by !== null && t` by ${link.created_by.display_name}`}
          </Trans>
        </div>
      </div>
      <Button
        size="small"
        kind="ghost"
        busy={busy}
        onClick={onRevoke}
        aria-label={t`Revoke the ${ROLE_WORDS[link.role].name.toLowerCase()} link`}
      >{t`Revoke`}</Button>
    </li>
  );
}

function uses(count: number): string {
  if (count === 0) return t`not used yet`;
  return plural(count, { one: "used once", other: "used # times" });
}
