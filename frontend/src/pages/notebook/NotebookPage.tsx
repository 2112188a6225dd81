import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { PanelLeft, Play, Share2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { KernelChip } from "../../kernel/KernelChip";
import { Unsandboxed } from "../../kernel/Unsandboxed";
import { Account } from "../shell/Account";
import { Closed } from "../shell/Closed";
import { SavedLabel } from "../shell/SavedLabel";
import { limitText } from "../../model/rights";
import { useReadable } from "../../model/use";
import { RestartAdvice } from "../../packages/RestartAdvice";
import { usePackageNews } from "../../packages/useEnvironment";
import { TerminalButton, TerminalDrawer } from "../../terminal/TerminalDrawer";
import { Avatars } from "../../presence/Avatars";
import { FollowFrame } from "../../presence/FollowFrame";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { IconButton } from "../../ui/IconButton";
import { dialogOnDemand, partOnDemand } from "../../ui/onDemand";
import { ResizablePanels } from "../../ui/ResizablePanels";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { TopBar } from "../../ui/TopBar";
import { Store } from "../../wire/store";
import { InputQuestion } from "./InputQuestion";
import { KernelBars, WhyAliveHere } from "./KernelBars";
import { notebookQuery, ownerQuery, projectOwner } from "./notebookQuery";
import { NotebookBody } from "./NotebookBody";
import { NotebookFiles } from "./NotebookFiles";
import { NotebookName } from "./NotebookName";
import { NotebookOutline } from "./NotebookOutline";
import { NotebookPalette } from "./NotebookPalette";
import { NotebookPanel } from "./NotebookPanel";
import { frameHost } from "./frameHost";
import { usePanel, useRightPanel } from "./panel";
import { HintBar } from "../../settings/HintBar";
import { titled } from "../../running/runs";
import { markTab } from "../../running/tabIcon";
import { RightPanel, RightPanelButtons, TAB_NAMES } from "./RightPanel";
import { NotebookSession, type Question } from "./session";
import { makeSlots } from "./Slots";
import { useMachines } from "./useMachines";
import { useChoices } from "../../wire/choices";
import { meQuery } from "../../wire/queries";
import "../../kernel/kernel.css";
import "../../presence/presence.css";
import "../shell/live.css";
import "./notebook.css";
import "./print.css";

const VariableWindow = partOnDemand(async () => (await import("../../frames")).VariableWindow);
const ShareDialog = dialogOnDemand(async () => (await import("../../people/ShareDialog")).ShareDialog);
const DefinitionDialog = dialogOnDemand(async () => (await import("../../analysis/DefinitionDialog")).DefinitionDialog);
const Shortcuts = dialogOnDemand(async () => (await import("./Shortcuts")).Shortcuts);

/** /n/ID: one notebook, open and alive. */
export default function NotebookPage({ id }: { id: string }) {
  const [asking] = useState(() => new Store<Question | null>(null));
  const [opened] = useState(() => new Store<NotebookSession | null>(null));
  const { toggle } = usePanel();
  const showTab = useRightPanel((panel) => panel.show);

  useEffect(() => {
    const session = new NotebookSession(
      id,
      {
        message: toast,
        failed: toastError,
        undoable: toastUndo,
        ask: (what) => asking.set(what),
        togglePanel: toggle,
        openComments: () => showTab("comments"),
      },
      makeSlots,
    );
    opened.set(session);
    session.start();
    return () => {
      opened.set(null);
      session.close();
    };
  }, [id, asking, opened, toggle, showTab]);

  const session = useReadable(opened, (value) => value);
  return session === null ? null : <OpenNotebook key={session.notebook} session={session} asking={asking} />;
}

function OpenNotebook({ session, asking }: { session: NotebookSession; asking: Store<Question | null> }) {
  const { provider } = session;
  const closed = useReadable(provider.connection, (now) => now.closed);
  const notebook = useQuery(notebookQuery(session.notebook));
  const name = notebook.data?.name ?? "";
  const me = useQuery(meQuery).data;
  useEffect(() => {
    if (me?.guest === false) useChoices.getState().load();
  }, [me?.guest]);
  usePackageNews(notebook.data?.project ?? null, provider.job, provider.packageNews);

  const rights = useReadable(session.rights, (now) => now);
  const tab = useReadable(session.runs.tab, (now) => now);
  useEffect(() => {
    document.title = titled(name, tab);
    return markTab(tab);
  }, [name, tab]);

  if (closed !== null) {
    return (
      <div className="notebook-page">
        <TopBar actions={<Myself />} />
        <main className="flex flex-1 items-center justify-center">
          <Closed code={closed.code} reason={closed.reason} back={`/n/${session.notebook}`} />
        </main>
      </div>
    );
  }
  return (
    <div className="notebook-page">
      <p className="print-title" aria-hidden>
        {name}
      </p>
      <Bar
        session={session}
        asking={asking}
        name={name}
        project={notebook.data?.project ?? null}
        projectName={notebook.data?.project_name ?? ""}
      />
      <States session={session} project={notebook.data?.project ?? null} />
      <Unsandboxed metrics={session.provider.metrics} />
      <KernelBars session={session} />
      <Panels
        session={session}
        name={name}
        project={notebook.data?.project ?? null}
        projectName={notebook.data?.project_name ?? ""}
      />
      <HintBar may={(hint) => rights.has(hint.needs)} />
      <Terminals session={session} project={notebook.data?.project ?? null} />
      <FollowFrame follow={session.follow} />
      <Questions session={session} asking={asking} />
      <InputQuestion session={session} />
      <Said session={session} />
      <Definition session={session} />
    </div>
  );
}

/** The terminals' drawer, for who may run code and write files. */
function Terminals({ session, project }: { session: NotebookSession; project: string | null }) {
  const me = useQuery(meQuery);
  const may = useReadable(session.rights, (rights) => rights.has("RUN") && rights.has("FILES"));
  return project !== null && may && me.data != null ? <TerminalDrawer project={project} me={me.data.id} /> : null;
}

interface PlaceProps {
  session: NotebookSession;
  name: string;
  project: string | null;
  projectName: string;
}

function Bar({ session, name, project, projectName, asking }: PlaceProps & { asking: Store<Question | null> }) {
  const { provider } = session;
  const { isOpen, toggle } = usePanel();
  const [isSharing, setIsSharing] = useState(false);
  const me = useQuery(meQuery);
  const rights = useReadable(session.rights, (now) => now);
  const cells = useReadable(session.cells, (now) => now);
  const blocked = useReadable(session.runBlocked, (reason) => reason);
  const following = useReadable(session.follow.following, (here) => here?.person.id ?? null);
  const canRun = rights.has("RUN");
  const machines = useMachines(session, project);
  const mayShare = project !== null && me.data?.guest === false;
  return (
    <TopBar
      lead={
        <IconButton
          icon={PanelLeft}
          label={isOpen ? t`Hide the panel` : t`Show the panel`}
          keys={["Mod", "B"]}
          aria-expanded={isOpen}
          onClick={toggle}
        />
      }
      actions={
        <>
          <Avatars
            room={session.room}
            nameOfCell={session.nameOf}
            following={following}
            onPick={(here) => session.follow.pick(here)}
          />
          <KernelChip
            notebook={session.notebook}
            runtime={cells.runtime}
            metrics={provider.metrics}
            canRun={canRun}
            canChange={rights.has("HARDWARE") && project !== null}
            blocked={blocked !== null}
            alive={<WhyAliveHere session={session} />}
            actions={{
              interrupt: () => void session.command("interrupt"),
              restart: (runAll) => session.ask(runAll ? "restart-run-all" : "restart"),
              start: () => void session.command("start"),
              stop: () => session.ask("stop"),
              cancelStart: () => void session.command("stop"),
              choose: (hardware) => machines.choose(hardware),
              change: (hardware, keepVariables) => machines.change(hardware, keepVariables),
            }}
          />
          {mayShare && (
            <Button icon={Share2} aria-label={t`Share`} className="bar-share" onClick={() => setIsSharing(true)}>
              <span className="bar-word">{t`Share`}</span>
            </Button>
          )}
          {canRun && (
            <Button
              kind="primary"
              icon={Play}
              aria-label={t`Run all`}
              disabled={blocked !== null}
              title={blocked ?? undefined}
              onClick={() => cells.commands.run("all")}
            >
              <span className="bar-word">{t`Run all`}</span>
            </Button>
          )}
          {project !== null && canRun && rights.has("FILES") && (
            <span className="bar-terminal">
              <TerminalButton />
            </span>
          )}
          <RightPanelButtons comments={session.comments} cells={cells} />
          <Myself />
          {project !== null && <ShareDialog project={project} open={isSharing} onOpenChange={setIsSharing} />}
          <NotebookPalette
            session={session}
            project={project}
            asking={asking}
            share={mayShare ? () => setIsSharing(true) : null}
          />
        </>
      }
    >
      <nav aria-label={t`Path`} className="bar-path">
        {project !== null && (
          <>
            <Link href={`/p/${project}`} className="bar-project">
              {projectName}
            </Link>
            <span aria-hidden className="bar-slash">
              /
            </span>
          </>
        )}
        <NotebookName id={session.notebook} name={name} canEdit={rights.has("EDIT")} />
      </nav>
      <SavedLabel connection={provider.connection} />
    </TopBar>
  );
}

function Myself() {
  const me = useQuery(meQuery).data;
  return me == null ? null : <Account me={me} />;
}

/** Bars under the top bar: a lost connection, and what this person may not do here. */
function States({ session, project }: { session: NotebookSession; project: string | null }) {
  const phase = useReadable(session.provider.connection, (now) => now.phase);
  const rights = useReadable(session.rights, (now) => now);
  const owner = useQuery({
    ...ownerQuery(project ?? ""),
    enabled: project !== null && rights.size > 0 && !(rights.has("EDIT") && rights.has("RUN")),
  });
  const limit = phase === "connecting" || rights.size === 0 ? null : limitText(rights, projectOwner(owner.data));
  const isLost = phase === "reconnecting" || phase === "offline";
  const advised = useReadable(session.provider.restartAdvised, (now) => now);
  if (!isLost && limit === null && advised.length === 0) return null;
  return (
    <section aria-label={t`State of this page`}>
      {isLost && (
        <Banner tone="warn" bar>
          {t`${phase === "reconnecting" ? t`Reconnecting…` : t`You are offline.`} Go on typing: it is kept here and merged when the connection is back. Running waits until then.`}
        </Banner>
      )}
      {limit !== null && <Banner bar>{limit}</Banner>}
      {advised.length > 0 && (
        <RestartAdvice
          packages={advised}
          onRestart={rights.has("RUN") ? () => session.ask("restart") : undefined}
          onDismiss={() => session.provider.restartAdvised.set([])}
        />
      )}
    </section>
  );
}

function Panels({ session, name, project, projectName }: PlaceProps) {
  const { isOpen } = usePanel();
  const right = useRightPanel();
  const cells = useReadable(session.cells, (now) => now);
  const [table, setTable] = useState<string | null>(null);
  const host = useMemo(() => frameHost(session, null), [session]);
  const closeTable = useCallback(() => setTable(null), []);
  return (
    <ResizablePanels
      name={t`notebook`}
      className="notebook-panels"
      right={{
        label: TAB_NAMES[right.tab ?? right.last],
        open: right.tab !== null,
        limits: { initial: 440, min: 280, max: 720 },
        content: <RightPanel session={session} project={project} openTable={setTable} />,
      }}
      left={{
        label: t`Notebooks`,
        open: isOpen,
        limits: { initial: 256, min: 200, max: 420 },
        content: (
          <NotebookPanel
            project={project}
            projectName={projectName}
            current={session.notebook}
            runtime={cells.runtime}
            job={session.provider.job}
            rights={session.rights}
            outline={<NotebookOutline session={session} />}
            files={project !== null && <NotebookFiles session={session} project={project} name={projectName} />}
          />
        ),
      }}
    >
      <NotebookBody session={session} name={name} />
      {table !== null && <VariableWindow name={table} host={host} onClose={closeTable} />}
    </ResizablePanels>
  );
}

const QUESTIONS = {
  restart: {
    title: t`Restart the kernel?`,
    action: t`Restart`,
    text: t`All variables are lost, for everybody in this notebook. Text and outputs stay.`,
    op: "restart",
    args: { run_all: false },
  },
  "restart-run-all": {
    title: t`Restart and run everything?`,
    action: t`Restart and run all`,
    text: t`All variables are lost, for everybody in this notebook, and every code cell runs anew from the top.`,
    op: "restart",
    args: { run_all: true },
  },
  stop: {
    title: t`End this session?`,
    action: t`End session`,
    text: t`The kernel stops and all variables are lost, for everybody in this notebook. The next run starts a new one.`,
    op: "stop",
    args: {},
  },
} as const;

function Questions({ session, asking }: { session: NotebookSession; asking: Store<Question | null> }) {
  const question = useReadable(asking, (value) => value);
  const close = (): void => asking.set(null);
  const asked = question === null || question === "help" || question === "palette" ? null : QUESTIONS[question];
  return (
    <>
      <Shortcuts open={question === "help"} onOpenChange={close} />
      {asked !== null && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={asked.title}
          action={asked.action}
          danger
          onConfirm={() => {
            close();
            void session.command(asked.op, asked.args);
          }}
        >
          {asked.text}
        </ConfirmDialog>
      )}
    </>
  );
}

function Definition({ session }: { session: NotebookSession }) {
  const definition = useReadable(session.definition, (now) => now);
  if (definition === null) return null;
  return <DefinitionDialog definition={definition} open onOpenChange={() => session.definition.set(null)} />;
}

function Said({ session }: { session: NotebookSession }) {
  const said = useReadable(session.announcer.said, (text) => text);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}
