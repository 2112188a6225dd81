import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { timeUntil } from "../../ui/relativeTime";
import { Time, useNow } from "../../ui/Time";
import { toast, toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { tokensQuery } from "../../wire/queries";
import { NewTokenDialog } from "./NewTokenDialog";

export function TokenList() {
  const client = useQueryClient();
  const now = useNow();
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const end = useMutation({
    mutationFn: api.endToken,
    onSuccess: () => toast(t`The token no longer works.`),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  return (
    <>
      {tokens.isError && <Banner tone="err">{reasonOf(tokens.error)}</Banner>}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <ul
          aria-label={t`Your API tokens`}
          className="mb-3 divide-y divide-line rounded-card border border-line bg-card"
        >
          {tokens.data.map((token) => (
            <li key={token.id} className="flex min-h-14 items-center gap-3 py-2 pe-2 ps-4">
              <KeyRound size={18} aria-hidden className="shrink-0 text-fg3" />
              <div className="min-w-0 flex-1">
                <div className="truncate font-medium">{token.name}</div>
                <div className="truncate text-[13px] text-fg3">
                  {token.last_used_at === null ? (
                    t`Never used`
                  ) : (
                    <>
                      {t`Last used`} <Time at={token.last_used_at} />
                    </>
                  )}
                  {" · "}
                  {token.expires_at === null ? t`no end` : t`ends ${timeUntil(new Date(token.expires_at), now)}`}
                </div>
              </div>
              <Button
                size="small"
                kind="ghost"
                busy={end.isPending && end.variables === token.id}
                onClick={() => end.mutate(token.id)}
                aria-label={t`Revoke ${token.name}`}
              >{t`Revoke`}</Button>
            </li>
          ))}
        </ul>
      )}
      <Button icon={Plus} onClick={() => setMaking(true)}>{t`New token`}</Button>
      <NewTokenDialog open={making} onOpenChange={setMaking} />
    </>
  );
}
