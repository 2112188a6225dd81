import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";
import type { Me } from "../../wire/http";
import { Crumb, PageShell } from "../shell/PageShell";
import { SignedIn } from "../shell/SignedIn";
import { EditorForm } from "./EditorForm";
import { PasswordForm } from "./PasswordForm";
import { ProfileForm } from "./ProfileForm";
import { SessionList } from "./SessionList";
import { TokenList } from "./TokenList";

export default function AccountPage() {
  return <SignedIn>{(me) => <Account me={me} />}</SignedIn>;
}

function Account({ me }: { me: Me }) {
  return (
    <PageShell title={t`Account`} me={me} crumbs={<Crumb>{t`Account`}</Crumb>}>
      <h1 className="mb-2">{t`Account`}</h1>
      <div className="divide-y divide-line">
        <Part title={t`Profile`} lead={t`Others see this name beside your cursor and your runs.`}>
          <ProfileForm me={me} />
        </Part>
        <Part
          title={t({ message: "Editor", context: "where code is written" })}
          lead={t`How you write code, in all your browsers.`}
        >
          <EditorForm />
        </Part>
        <Part title={t`Password`} lead={t`Changing it signs out all your other sessions.`}>
          <PasswordForm />
        </Part>
        <Part title={t`Sessions`} lead={t`Where you are signed in.`}>
          <SessionList />
        </Part>
        <Part title={t`API tokens`} lead={t`For scripts. A token can do what you can do, and no more.`}>
          <TokenList />
        </Part>
      </div>
    </PageShell>
  );
}

function Part({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid gap-x-10 gap-y-4 py-8 md:grid-cols-[220px_1fr]">
      <div>
        <h2 className="text-[15px] font-semibold">{title}</h2>
        <p className="mt-1 text-[13px] text-fg2">{lead}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
