import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { GitBranch } from "lucide-react";
import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { partOnDemand } from "../ui/onDemand";
import { Loading, Skeleton } from "../ui/Skeleton";
import { gitQuery } from "./useGit";
import { standing } from "./words";

const GitPanel = partOnDemand(
  async () => (await import("./GitPanel")).GitPanel,
  () => (
    <Loading label={t`Loading the repository`}>
      <Skeleton className="h-40 w-full" />
    </Loading>
  ),
);

/** In a notebook's left panel: how the project stands to its repository. Nothing where it has none. */
export function GitEntry({ project, rights }: { project: string; rights: readonly string[] }) {
  const [isOpened, setIsOpened] = useState(false);
  const { data } = useQuery(gitQuery(project));
  if (data === undefined || data.state === "none") return null;
  return (
    <section aria-label={t`Git`} className="shrink-0 border-t border-line px-2 py-2">
      <button
        type="button"
        className="flex h-8 pointer-coarse:h-10 w-full items-center gap-2 rounded-control px-2 text-start text-fg2 hover:bg-hover hover:text-fg"
        onClick={() => setIsOpened(true)}
      >
        <GitBranch size={16} aria-hidden className="shrink-0 text-fg3" />
        <span className="min-w-0 flex-1 truncate">{t`Git`}</span>
        <span className="max-w-40 shrink-0 truncate text-xs text-fg3 tabular-nums">{standing(data)}</span>
      </button>
      <Dialog open={isOpened} onOpenChange={setIsOpened} size="large" title={t`Git`}>
        <GitPanel project={project} rights={rights} />
      </Dialog>
    </section>
  );
}
