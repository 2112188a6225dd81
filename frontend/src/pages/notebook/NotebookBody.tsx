import { t } from "@lingui/core/macro";
import { FileText, NotebookPen, Plus } from "lucide-react";
import { memo, useCallback, useEffect, useRef } from "react";
import { CellList } from "../../cells/CellList";
import { CellsContext, useCan, useCells, useOrder } from "../../cells/CellsContext";
import { editNew, focusCell, sectionOf } from "../../cells/perform";
import { DeathCard } from "../../kernel/DeathCard";
import { SavedHere } from "./KernelBars";
import { FindBar } from "../../find/FindBar";
import { countRender } from "../../model/counter";
import { useReadable } from "../../model/use";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { dialogOnDemand } from "../../ui/onDemand";
import { api } from "../../wire/api";
import { DraftCard } from "../shell/DraftCard";
import type { NotebookSession } from "./session";
import { MiniMap } from "../../running/MiniMap";
import { RunBar } from "../../running/RunBar";
import { takeUp } from "./showMatch";

const TOP_CELL_MS = 200;

const BinDialog = dialogOnDemand(async () => (await import("../../cells/BinDialog")).BinDialog);

/** The document column: the cells, or what stands there before or instead of them. */
export const NotebookBody = memo(function NotebookBody({ session, name }: { session: NotebookSession; name: string }) {
  countRender("NotebookBody");
  const scroller = useRef<HTMLElement>(null);
  const cells = useReadable(session.cells, (now) => now);
  const canEdit = useReadable(session.rights, (now) => now.has("EDIT"));
  const mayRun = useReadable(session.mayRun, Boolean);
  const interrupt = useCallback(() => void session.command("interrupt"), [session]);
  const synced = useReadable(session.provider.connection, (now) => now.synced);

  const start = useCallback(() => session.view.getState().active, [session]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const stop = session.editors.observe(element);
    const stopTop = reportTopCell(element, (cell) => session.room.setTopCell(cell));
    return () => {
      stop();
      stopTop();
    };
  }, [session]);

  return (
    <CellsContext value={cells}>
      <div className="relative h-full">
        <FindBar
          finder={session.finder}
          request={session.finding}
          canEdit={canEdit}
          selected={() => session.view.getState().selected}
          start={start}
          onLeave={(match) => takeUp(session.cells.get(), match)}
        />
        <MiniMap source={cells.source} runtime={cells.runtime} goTo={(cell) => session.goTo(cell)} />
        <RunBar
          running={session.running}
          follow={session.followRun}
          news={session.runs}
          nameOf={session.nameOf}
          elementOf={sectionOf}
          goTo={(cell) => session.goTo(cell)}
          stop={mayRun ? interrupt : null}
        />
        <main id="scroll" ref={scroller} tabIndex={-1} aria-label={name === "" ? t`Notebook` : name}>
          {synced ? <Contents session={session} /> : <Opening />}
        </main>
        <BinHere session={session} />
      </div>
    </CellsContext>
  );
});

function BinHere({ session }: { session: NotebookSession }) {
  const isOpen = useReadable(session.bin, (now) => now);
  const writersOf = useCallback(
    (clients: readonly number[]) => api.writers(session.notebook, clients).catch(() => new Map<number, string>()),
    [session],
  );
  return <BinDialog open={isOpen} onOpenChange={(next) => session.bin.set(next)} writersOf={writersOf} />;
}

function Contents({ session }: { session: NotebookSession }) {
  const { runtime } = useCells();
  const order = useOrder();
  const canRun = useCan("RUN");
  const homeless = useReadable(
    session.provider.drafts,
    (drafts) => drafts.filter((draft) => !order.includes(draft.cell)),
    (a, b) => a.length === b.length && a.every((one, index) => one === b[index]),
  );

  useEffect(() => {
    const id = window.location.hash.replace(/^#(cell-)?/, "");
    const cells = session.cells.get();
    if (cells.source.order().includes(id)) focusCell(cells, id);
  }, [session]);

  return (
    <>
      <div className="notebook-notes">
        <DeathCard
          runtime={runtime}
          cell={null}
          canRun={canRun}
          onRestart={() => void session.command("restart", { run_all: false })}
          onShow={(cell) => session.goTo(cell)}
          nameOfCell={session.nameOf}
        />
        <SavedHere session={session} runtime={runtime} />
        {homeless.map((draft) => (
          <DraftCard key={draft.id} draft={draft} onDiscard={() => session.provider.discardDraft(draft)} />
        ))}
      </div>
      {order.length === 0 && <Empty />}
      <CellList />
    </>
  );
}

const SAMPLE = `import math

[round(math.sin(x / 4), 2) for x in range(12)]`;

function Empty() {
  const cells = useCells();
  const canEdit = useCan("EDIT");
  const begin = (type: "code" | "markdown", source = ""): void => {
    editNew(cells, cells.actions.insert(null, type, source), "end");
  };
  if (!canEdit) {
    return (
      <EmptyState icon={NotebookPen} title={t`Nothing here yet`}>{t`What others write shows here at once.`}</EmptyState>
    );
  }
  return (
    <EmptyState
      icon={NotebookPen}
      title={t`A new notebook`}
      actions={
        <>
          <Button icon={Plus} onClick={() => begin("code")}>{t`Code`}</Button>
          <Button icon={FileText} onClick={() => begin("markdown")}>{t`Text`}</Button>
          <Button kind="ghost" onClick={() => begin("code", SAMPLE)}>{t`Start from a sample`}</Button>
        </>
      }
    >{t`Begin with code or with text. Everyone in this project sees it as you type, and the kernel starts with the first run.`}</EmptyState>
  );
}

function Opening() {
  return (
    <Loading label={t`Opening the notebook`}>
      <div className="cell-list flex flex-col gap-6 pt-8 ps-13">
        <Skeleton className="h-7 w-2/5" />
        <Skeleton className="h-16 w-full rounded-card" />
        <Skeleton className="h-28 w-full rounded-card" />
        <Skeleton className="h-16 w-full rounded-card" />
      </div>
    </Loading>
  );
}

/** Says which cell is at the top of the window, a few times a second while it scrolls. */
function reportTopCell(scroller: HTMLElement, report: (cell: string | null) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const look = (): void => {
    timer = null;
    const box = scroller.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + 40);
    report(at?.closest<HTMLElement>("[data-cell]")?.dataset["cell"] ?? null);
  };
  const onScroll = (): void => {
    timer ??= setTimeout(look, TOP_CELL_MS);
  };
  scroller.addEventListener("scroll", onScroll, { passive: true });
  return () => {
    scroller.removeEventListener("scroll", onScroll);
    if (timer !== null) clearTimeout(timer);
  };
}
