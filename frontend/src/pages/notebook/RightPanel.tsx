import { plural, t } from "@lingui/core/macro";
import { MessageSquare, PanelRight, X } from "lucide-react";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Cells } from "../../cells/CellsContext";
import type { CommentStore } from "../../comments/store";
import { unreadIn } from "../../comments/threads";
import { useObserved, useReadable } from "../../model/use";
import { IconButton } from "../../ui/IconButton";
import { partOnDemand } from "../../ui/onDemand";
import { Tabs } from "../../ui/Tabs";
import { useStore } from "zustand";
import { membersQuery } from "../../wire/queries";
import { draftOn } from "./commenting";
import { useRightPanel, type RightTab } from "./panel";
import type { NotebookSession } from "./session";

const CommentsPanel = partOnDemand(async () => (await import("../../comments/CommentsPanel")).CommentsPanel);
const HistoryPanel = partOnDemand(async () => (await import("../../history/HistoryPanel")).HistoryPanel);
const TablesHere = partOnDemand(async () => (await import("./TablesHere")).TablesHere);
const VariablesPanel = partOnDemand(async () => (await import("../../variables/VariablesPanel")).VariablesPanel);

export const TAB_NAMES: Readonly<Record<RightTab, string>> = {
  variables: t`Variables`,
  tables: t`Tables`,
  comments: t`Comments`,
  history: t`History`,
};

interface Props {
  session: NotebookSession;
  project: string | null;
  /** Opens a table by its variable's name. */
  openTable: (name: string) => void;
}

/** Beside the cells: what the kernel holds, and what people say. */
export function RightPanel({ session, project, openTable }: Props) {
  const { tab, last, show, hide } = useRightPanel();
  const canRun = useReadable(session.rights, (now) => now.has("RUN"));
  const canEdit = useReadable(session.rights, (now) => now.has("EDIT"));
  const shown = tab ?? last;
  const panels: Readonly<Record<RightTab, React.ReactNode>> = {
    variables: (
      <VariablesPanel
        notebook={session.notebook}
        store={session.provider.variables}
        canRun={canRun}
        cellName={session.nameOf}
        goTo={(cell) => session.goTo(cell)}
        openFrame={openTable}
      />
    ),
    tables: <TablesHere session={session} project={project} canRun={canRun} openTable={openTable} />,
    comments: <Comments session={session} project={project} />,
    history: <HistoryPanel notebook={session.notebook} canEdit={canEdit} />,
  };
  return (
    <>
      <Tabs
        label={t`Side panel`}
        value={shown}
        onChange={show}
        className="right-panel"
        panelClassName="right-panel-body"
        tabs={(Object.keys(TAB_NAMES) as RightTab[]).map((value) => ({
          value,
          label: TAB_NAMES[value],
          panel: panels[value],
        }))}
      />
      <IconButton
        icon={X}
        size="small"
        label={t`Hide the ${TAB_NAMES[shown].toLowerCase()}`}
        className="right-panel-close"
        onClick={hide}
      />
    </>
  );
}

function Comments({ session, project }: { session: NotebookSession; project: string | null }) {
  const cells = useReadable(session.cells, (now) => now);
  const order = useSyncExternalStore(cells.source.subscribeOrder, cells.source.order);
  const rights = useReadable(session.rights, (now) => now);
  const active = useStore(session.view, (state) => state.active);
  const members = useQuery({ ...membersQuery(project ?? ""), enabled: project !== null });
  const people = useMemo(
    () =>
      (members.data ?? [])
        .filter(({ pending }) => pending !== true)
        .map(({ user }) => ({ id: user.id, name: user.display_name, login: user.name, color: user.color })),
    [members.data],
  );
  const canComment = rights.has("COMMENT");
  const begin = useMemo(
    () =>
      active !== null && order.includes(active) ? () => session.comments.draft.set(draftOn(session, active)) : null,
    [active, order, session],
  );
  return (
    <CommentsPanel
      notebook={session.notebook}
      comments={session.comments}
      people={people}
      order={order}
      cellName={session.nameOf}
      canComment={canComment}
      canModerate={rights.has("SHARE")}
      goTo={(cell) => session.goTo(cell)}
      onBegin={begin}
    />
  );
}

/** In the top bar: open what stands beside the cells. The number counts comments that are new. */
export function RightPanelButtons({ comments, cells }: { comments: CommentStore; cells: Cells }) {
  const { tab, show, hide } = useRightPanel();
  const unread = useUnread(comments, cells);
  const toggle = (which: RightTab): void => (tab === which ? hide() : show(which));
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || !event.altKey || event.shiftKey || event.code !== "KeyB") return;
      event.preventDefault();
      event.stopPropagation();
      const panel = useRightPanel.getState();
      if (panel.tab === null) panel.show(panel.last);
      else panel.hide();
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
  const areShown = tab === "comments";
  const news = unread === 0 ? "" : plural(unread, { one: ", 1 is new", other: ", # are new" });
  return (
    <>
      <span className="bar-comments">
        <IconButton
          icon={MessageSquare}
          label={areShown ? t`Hide the comments` : t`Show the comments${news}`}
          aria-expanded={areShown}
          onClick={() => toggle("comments")}
        />
        {unread > 0 && <span aria-hidden>{unread > 99 ? "99+" : unread}</span>}
      </span>
      <IconButton
        icon={PanelRight}
        label={tab === "variables" ? t`Hide the variables` : t`Show the variables`}
        keys={["Mod", "Alt", "B"]}
        aria-expanded={tab === "variables"}
        onClick={() => toggle("variables")}
        className="bar-variables"
      />
    </>
  );
}

/** How many messages on living cells are new to this person. */
function useUnread(comments: CommentStore, cells: Cells): number {
  const subscribe = useMemo(
    () =>
      (listener: () => void): (() => void) => {
        const stops = [
          comments.threads.subscribe(listener),
          comments.seenAt.subscribe(listener),
          cells.source.subscribeOrder(listener),
        ];
        return () => stops.forEach((stop) => stop());
      },
    [comments, cells],
  );
  return useObserved(subscribe, () => {
    const seenAt = comments.seenAt.get();
    if (seenAt === null) return 0;
    const living = new Set(cells.source.order());
    return comments.threads
      .get()
      .filter((thread) => living.has(thread.cell))
      .reduce((sum, thread) => sum + unreadIn(thread, seenAt, comments.me).length, 0);
  });
}
