import { t } from "@lingui/core/macro";
import { Field } from "../ui/Field";
import { Input } from "../ui/Input";
import type { Schemas } from "../wire/http";
import "./git.css";

export interface Source {
  readonly url: string;
  readonly branch: string;
  readonly user: string;
  readonly token: string;
}

export const NO_SOURCE: Source = { url: "", branch: "", user: "", token: "" };

/** The body that asks for a repository. */
export function bodyOf(source: Source): Schemas["GitSource"] {
  return {
    url: source.url.trim(),
    branch: source.branch.trim() || null,
    user: source.user.trim() || null,
    token: source.token.trim() || null,
  };
}

export function isSsh(url: string): boolean {
  return /^(ssh:\/\/|[^/:\s]+@[^/:\s]+:)/i.test(url.trim());
}

/** Where a repository is, and what opens it. */
export function SourceFields({
  source,
  onChange,
  error,
}: {
  source: Source;
  onChange: (source: Source) => void;
  error: string | null;
}) {
  const set = (part: Partial<Source>): void => onChange({ ...source, ...part });
  return (
    <div className="space-y-4">
      <Field label={t`Repository`} hint={t`https://host/owner/name.git or git@host:owner/name.git`} error={error}>
        <Input
          maxLength={1000}
          autoComplete="off"
          spellCheck={false}
          placeholder={t`https://git.example.org/ann/tides.git`}
          value={source.url}
          onChange={(event) => set({ url: event.target.value })}
        />
      </Field>
      <Field label={t`Branch`} hint={t`Leave it empty for the usual one.`}>
        <Input
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          value={source.branch}
          onChange={(event) => set({ branch: event.target.value })}
        />
      </Field>
      {isSsh(source.url) ? (
        <p className="rounded-card border border-line bg-panel px-3 py-2 text-[13px] text-fg2">{t`A key is made for this project. You add its public half to the repository’s deploy keys in the next step.`}</p>
      ) : (
        <div className="grid gap-4 sm:grid-cols-[1fr_2fr]">
          <Field label={t`User`} hint={t`Where the host wants one.`}>
            <Input
              maxLength={200}
              autoComplete="off"
              spellCheck={false}
              value={source.user}
              onChange={(event) => set({ user: event.target.value })}
            />
          </Field>
          <Field
            label={t`Token or app password`}
            hint={t`For private repositories, and to push. Nobody sees it again.`}
          >
            <Input
              type="password"
              maxLength={4000}
              autoComplete="new-password"
              value={source.token}
              onChange={(event) => set({ token: event.target.value })}
            />
          </Field>
        </div>
      )}
    </div>
  );
}
