import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Check, Hand } from "lucide-react";
import { Button } from "../ui/Button";
import { requestsQuery, useRequests } from "./useEnvironment";

/** For people who may not install: ask those who may, or take it back. */
export function AskFor({ project, lines }: { project: string; lines: readonly string[] }) {
  const requests = useQuery(requestsQuery(project));
  const { ask, forget } = useRequests(project);
  const waiting = (requests.data ?? []).filter((each) => each.state === "open" && lines.includes(each.line));
  const left = lines.filter((line) => !waiting.some((each) => each.line === line));
  if (requests.data === undefined) return null;
  if (left.length > 0) {
    return (
      <Button size="small" icon={Hand} busy={ask.isPending} onClick={() => ask.mutate(left)}>
        {plural(left.length, { one: "Ask for it", other: "Ask for # packages" })}
      </Button>
    );
  }
  const withdraw = (): void => {
    for (const each of waiting) forget.mutate(each.id);
  };
  return (
    <p className="flex min-h-7 flex-wrap items-center gap-x-4 gap-y-1 text-[13px] text-fg2">
      <span className="inline-flex items-center gap-1.5">
        <Check size={14} aria-hidden className="text-ok" />{" "}
        {t`You asked for ${plural(waiting.length, { one: "it", other: "them" })}.`}
      </span>
      <Button
        size="small"
        kind="ghost"
        className="-ms-2.5"
        busy={forget.isPending}
        onClick={withdraw}
      >{t`Withdraw`}</Button>
    </p>
  );
}
