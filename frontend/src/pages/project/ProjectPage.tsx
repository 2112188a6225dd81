import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
type Tab = "notebooks" | "files" | "git" | "connections" | "environment" | "terminal" | "people" | "settings";

function ProjectView({ project, me }: { project: Project; me: Me }) {
  const [tab, setTab] = useState<Tab>("notebooks");
  const [sharing, setSharing] = useState(false);
  const mayShare = project.rights.includes("SHARE");
  const people = {
    value: "people" as const,
    label: "People",
    panel: (
      <div className="max-w-160 space-y-6">
        {mayShare && <InviteForm project={project} />}
        <MemberList project={project} sentences />
      </div>
    ),
  };
  const terminal = {
    value: "terminal" as const,
    label: "Terminal",
    panel: (
      <div className="terminal-page">
        <TerminalPanel project={project.id} me={me.id} />
      </div>
    ),
  };
  const mayUseTerminals = project.rights.includes("RUN") && project.rights.includes("FILES");
  const settings = {
    value: "settings" as const,
    label: "Settings",
    panel: <ProjectSettings key={project.id} project={project} />,
  };
  return (
    <PageShell
      title={project.name}
      me={me}
      crumbs={<Crumb>{project.name}</Crumb>}
      actions={
        !me.guest && (
          <Button icon={UserPlus} onClick={() => setSharing(true)}>
            Share
          </Button>
        )
      }
    >
      <header className="mb-6">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="min-w-0 break-words">{project.name}</h1>
          {project.role !== "owner" && (
            <Badge>{project.role === null ? "Watching by link" : ROLE_WORDS[project.role].name}</Badge>
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
          label="Parts of the project"
          value={tab}
          onChange={setTab}
          panelClassName="pt-6"
          tabs={[
            { value: "notebooks", label: "Notebooks", panel: <NotebookSection project={project} /> },
            { value: "git", label: "Git", panel: <GitPanel project={project.id} rights={project.rights} /> },
            {
              value: "files",
              label: "Files",
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
            {
              value: "environment",
              label: "Environment",
              panel: (
                <div className="max-w-200">
                  <EnvironmentPanel project={project.id} mayChange={project.rights.includes("ENVIRONMENT")} />
                </div>
              ),
            },
            {
              value: "connections",
              label: "Connections",
              panel: (
                <div className="max-w-200">
                  <ConnectionsPanel
                    project={project.id}
                    mayChange={project.rights.includes("CONNECTIONS")}
                    mayRun={project.rights.includes("RUN")}
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
