import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Banner } from "../ui/Banner";
import { Dialog } from "../ui/Dialog";
import { Loading, Skeleton } from "../ui/Skeleton";
import { reasonOf } from "../wire/http";
import { projectQuery } from "../wire/queries";
import { InviteForm } from "./InviteForm";
import { LinkSection } from "./LinkSection";
import { MemberList } from "./MemberList";
import { TRUST_LINE } from "./roles";

export interface ShareDialogProps {
  project: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Who is in a project and how others get in. Without the right to share it only shows who is there. */
export function ShareDialog({ project: id, open, onOpenChange }: ShareDialogProps) {
  const project = useQuery({ ...projectQuery(id), enabled: open });
  const title = project.data === undefined ? t`Share` : t`Share “${project.data.name}”`;
  const mayShare = project.data?.rights.includes("SHARE") === true;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} size="medium">
      <Banner>{TRUST_LINE}</Banner>
      {project.isPending && (
        <Loading label={t`Loading who is in this project`}>
          <div className="mt-5 space-y-3">
            <Skeleton className="h-8 w-full" />
            <Skeleton className="h-10 w-full" />
            <Skeleton className="h-10 w-full" />
          </div>
        </Loading>
      )}
      {project.isError && (
        <div className="mt-4">
          <Banner tone="err">{reasonOf(project.error)}</Banner>
        </div>
      )}
      {project.data !== undefined && (
        <>
          {mayShare ? (
            <div className="mt-5">
              <InviteForm project={project.data} />
            </div>
          ) : (
            <p className="mt-4 text-fg2">{t`An admin or the owner of this project can invite people and change what they may do.`}</p>
          )}
          <div className="mt-5">
            <MemberList project={project.data} />
          </div>
          {mayShare && <LinkSection project={project.data} />}
        </>
      )}
    </Dialog>
  );
}
