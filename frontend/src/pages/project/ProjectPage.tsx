import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { CloneNotice } from "../../git/CloneNotice";
import { FilesView } from "../../files";
import { GitPanel } from "../../git/GitPanel";
import { InviteForm } from "../../people/InviteForm";
import { MemberList } from "../../people/MemberList";
import { ShareDialog } from "../../people/ShareDialog";
import { ConnectionsPanel } from "../../connections/ConnectionsPanel";
import { DriverOffer } from "../../packages/DriverOffer";
import { EnvironmentPanel } from "../../packages/EnvironmentPanel";
import { ROLE_WORDS, roleSentence } from "../../people/roles";
import { DatabaseBrowser } from "../../schema/SchemaBrowser";
import { TerminalPanel } from "../../terminal/TerminalPanel";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { Tabs } from "../../ui/Tabs";
import type { Me, Project } from "../../wire/http";
import { projectQuery } from "../../wire/queries";
import { drawFileTable } from "../shell/fileTable";
import { Crumb, PageShell } from "../shell/PageShell";
import { Problem } from "../shell/Problem";
import { SignedIn } from "../shell/SignedIn";
import { NotebookSection } from "./NotebookSection";
import { ProjectSettings } from "./ProjectSettings";

export default function ProjectPage({ id }: { id: string }) {
  return <SignedIn>{(me) => <Loaded id={id} me={me} />}</SignedIn>;
}

function Loaded({ id, me }: { id: string; me: Me }) {
  const project = useQuery(projectQuery(id));
  if (project.data !== undefined) return <ProjectView project={project.data} me={me} />;
  return (
    <PageShell title={t`Project`} me={me}>
      {project.isError ? (
        <Problem error={project.error} onRetry={() => void project.refetch()} />
      ) : (
        <Loading label={t`Loading the project`}>
          <h1 className="sr-only">{t`Project`}</h1>
          <Skeleton className="h-8 w-64" />
          <div className="mt-10 space-y-3">
            <Skeleton className="h-14 w-full" />
            <Skeleton className="h-14 w-full" />
            <Skeleton className="h-14 w-full" />
          </div>
        </Loading>
      )}
    </PageShell>
  );
}

type Tab = "notebooks" | "files" | "git" | "connections" | "environment" | "terminal" | "people" | "settings";

function ProjectView({ project, me }: { project: Project; me: Me }) {
  const [tab, setTab] = useState<Tab>("notebooks");
  const [sharing, setSharing] = useState(false);
  const mayShare = project.rights.includes("SHARE");
  const people = {
    value: "people" as const,
    label: t`People`,
    panel: (
      <div className="max-w-160 space-y-6">
        {mayShare && <InviteForm project={project} />}
        <MemberList project={project} sentences />
      </div>
    ),
  };
  const terminal = {
    value: "terminal" as const,
    label: t`Terminal`,
    panel: (
      <div className="terminal-page">
        <TerminalPanel project={project.id} me={me.id} />
      </div>
    ),
  };
  const driverOffer = (line: string, again: { label: string; run: () => void }) => (
    <DriverOffer
      key={line}
      project={project.id}
      line={line}
      mayInstall={project.rights.includes("ENVIRONMENT")}
      again={again}
    />
  );
  const mayUseTerminals = project.rights.includes("RUN") && project.rights.includes("FILES");
  const settings = {
    value: "settings" as const,
    label: t`Settings`,
    panel: <ProjectSettings key={project.id} project={project} />,
  };
  return (
    <PageShell
      title={project.name}
      me={me}
      crumbs={<Crumb>{project.name}</Crumb>}
      actions={!me.guest && <Button icon={UserPlus} onClick={() => setSharing(true)}>{t`Share`}</Button>}
    >
      <header className="mb-6">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="min-w-0 break-words">{project.name}</h1>
          {project.role !== "owner" && (
            <Badge>{project.role === null ? t`Watching by link` : ROLE_WORDS[project.role].name}</Badge>
          )}
        </div>
        {project.role !== null && project.role !== "owner" && (
          <p className="mt-1 text-fg2">{roleSentence(project.role, project.viewers_comment)}</p>
        )}
      </header>
      {!me.guest && tab !== "git" && (
        <CloneNotice project={project.id} mayStop={project.rights.includes("FILES")} onOpen={() => setTab("git")} />
      )}
      {me.guest ? (
        <NotebookSection project={project} />
      ) : (
        <Tabs
          label={t`Parts of the project`}
          value={tab}
          onChange={setTab}
          panelClassName="pt-6"
          tabs={[
            { value: "notebooks", label: t`Notebooks`, panel: <NotebookSection project={project} /> },
            {
              value: "files",
              label: t`Files`,
              panel: (
                <FilesView
                  wide
                  project={project.id}
                  projectName={project.name}
                  mayWrite={project.rights.includes("FILES")}
                  mayImport={project.rights.includes("EDIT")}
                  drawTable={drawFileTable}
                />
              ),
            },
            { value: "git", label: t`Git`, panel: <GitPanel project={project.id} rights={project.rights} /> },
            {
              value: "environment",
              label: t`Environment`,
              panel: (
                <div className="max-w-200">
                  <EnvironmentPanel project={project.id} mayChange={project.rights.includes("ENVIRONMENT")} />
                </div>
              ),
            },
            {
              value: "connections",
              label: t`Connections`,
              panel: (
                <div className="max-w-200">
                  <ConnectionsPanel
                    project={project.id}
                    mayChange={project.rights.includes("CONNECTIONS")}
                    mayRun={project.rights.includes("RUN")}
                    driverOffer={driverOffer}
                    schemaBrowser={(connection, kind) => (
                      <DatabaseBrowser
                        project={project.id}
                        connection={connection}
                        drawTable={drawFileTable}
                        driverOffer={kind.driver === null ? null : (again) => driverOffer(kind.driver ?? "", again)}
                      />
                    )}
                  />
                </div>
              ),
            },
            ...(mayUseTerminals ? [terminal] : []),
            people,
            ...(mayShare ? [settings] : []),
          ]}
        />
      )}
      <ShareDialog project={project.id} open={sharing} onOpenChange={setSharing} />
    </PageShell>
  );
}
