import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { notebooksQuery } from "../wire/queries";
import { gitQuery, useGitNews } from "./useGit";
import { WorkRow } from "./WorkRow";

/** Above a project's parts: a clone that goes on, or one that failed. The notebooks show when it is done. */
export function CloneNotice({ project, mayStop, onOpen }: { project: string; mayStop: boolean; onOpen: () => void }) {
  const client = useQueryClient();
  const news = useGitNews(project);
  const { data } = useQuery(gitQuery(project));
  const state = data?.state;
  useEffect(() => {
    if (state === "ready") void client.invalidateQueries({ queryKey: notebooksQuery(project).queryKey });
  }, [state, project, client]);
  const stop = useMutation({
    mutationFn: () => api.stopGit(project),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: news,
  });
  if (data?.state === "cloning")
    return (
      <div className="mb-5">
        <WorkRow work={data.work} onStop={mayStop ? () => stop.mutate() : undefined} />
      </div>
    );
  if (data?.state === "failed")
    return (
      <div className="mb-5">
        <Banner tone="err" actions={<Button onClick={onOpen}>{t`See what to do`}</Button>}>
          {data.problem?.reason}
        </Banner>
      </div>
    );
  return null;
}
