/** What other features draw inside a cell, put in its place. */

import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { memo, useCallback, useMemo, useRef } from "react";
import * as Y from "yjs";
import type { CellSlots } from "../../cells/CellsContext";
import { useCan, useCells, useRun } from "../../cells/CellsContext";
import { CellComments } from "../../comments/CellComments";
import { InputKinds } from "../../inputs/InputKinds";
import { DeathCard } from "../../kernel/DeathCard";
import { InputPrompt } from "../../kernel/InputPrompt";
import { StartProgress } from "../../kernel/StartProgress";
import { countRender } from "../../model/counter";
import { sameList, useObserved, useReadable } from "../../model/use";
import { CellOutputs, type ErrorOutput, type Output, type OutputPlace } from "../../outputs";
import { missingModule } from "../../packages/words";
import { CellPeople } from "../../presence/CellPeople";
import { SqlReport } from "../../sql/SqlReport";
import { Button } from "../../ui/Button";
import { partOnDemand } from "../../ui/onDemand";
import { toast } from "../../ui/Toast";
import { DraftCard } from "../shell/DraftCard";
import { goToThread } from "./commenting";
import { frameHost } from "./frameHost";
import { InputHere } from "./InputHere";
import { LargerMachine } from "./LargerMachine";
import { notebookQuery } from "./notebookQuery";
import type { NotebookSession } from "./session";
import { SqlHere } from "./SqlHere";
import { TextHere } from "./TextHere";

const FrameOutput = partOnDemand(
  async () => (await import("../../frames")).FrameOutput,
  ({ fallback }) => fallback,
);
const ImportOffer = partOnDemand(async () => (await import("../../packages/ImportOffer")).ImportOffer);

export function makeSlots(session: NotebookSession): CellSlots {
  return {
    outputs: (id, label) => <Outputs id={id} label={label} session={session} />,
    people: (id) => (
      <>
        <CellComments comments={session.comments} cell={id} onOpen={(thread) => goToThread(session, thread)} />
        <CellPeople room={session.room} cell={id} />
      </>
    ),
    sql: (id, sql) => <SqlHere id={id} sql={sql} session={session} />,
    below: (id) => <Below id={id} session={session} />,
    input: (id, definition, value) => <InputHere id={id} definition={definition} value={value} session={session} />,
    inputKinds: (onChoose) => <InputKinds onChoose={onChoose} />,
    prose: (id, text) => <TextHere id={id} text={text} session={session} />,
  };
}

const Outputs = memo(function Outputs({ id, label, session }: { id: string; label: string; session: NotebookSession }) {
  countRender("Outputs");
  const { runtime } = useCells();
  const subscribe = useCallback((listener: () => void) => runtime.subscribeOutputs(id, listener), [runtime, id]);
  const read = (): readonly Output[] => {
    const entry = runtime.cells.get(id);
    const outputs = entry instanceof Y.Map ? (entry.get("outputs") as unknown) : undefined;
    // The server alone writes here, and its encoder and these types come from the same structs.
    return outputs instanceof Y.Array ? (outputs.toArray() as Output[]) : NONE;
  };
  const outputs = useObserved(subscribe, read, sameOutputs);
  const host = useMemo(() => frameHost(session, id), [session, id]);
  const { actions, commands } = useCells();
  const fetchAll = useCallback(() => {
    actions.setSql(id, { rows: 0 });
    commands.run([id]);
  }, [actions, commands, id]);
  const canEdit = useCan("EDIT");
  const mayFetch = useReadable(session.mayRun, Boolean) && canEdit;
  const place = useMemo<OutputPlace>(
    () => ({
      notebook: session.notebook,
      label,
      streams: session.provider.streams,
      widgets: session.provider.widgets,
      movable: session.mayRun,
      widgetLibrary: session.widgetLibrary,
      table: (value, output, fallback) => (
        <FrameOutput value={value} viewKey={output} label={label} host={host} fallback={fallback} />
      ),
      sql: (value) => <SqlReport value={value} onFetchAll={mayFetch ? fetchAll : null} />,
    }),
    [session, label, host, fetchAll, mayFetch],
  );
  const underError = (error: ErrorOutput) => <Offer id={id} error={error} session={session} />;
  return <CellOutputs outputs={outputs} place={place} underError={underError} />;
});

/** What a module needs that a cell could not import. */
function Offer({ id, error, session }: { id: string; error: ErrorOutput; session: NotebookSession }) {
  const { commands } = useCells();
  const canRun = useCan("RUN");
  const run = useRun(id);
  const mayInstall = useReadable(session.rights, (rights) => rights.has("ENVIRONMENT"));
  const project = useQuery(notebookQuery(session.notebook)).data?.project;
  const module = missingModule(error);
  if (module === null || project === undefined) return null;
  return (
    <ImportOffer
      project={project}
      module={module}
      ended={run?.ended ?? null}
      mayInstall={mayInstall}
      onRun={canRun ? () => commands.run([id]) : undefined}
    />
  );
}

const NONE: readonly Output[] = [];

/** A stream that only grew is no change here: its text comes on a channel of its own. */
const sameOutputs = (before: readonly Output[], after: readonly Output[]): boolean =>
  before.length === after.length && before.every((old, index) => old === after[index] || grew(old, after[index]));

const grew = (before: Output, after: Output | undefined): boolean =>
  before.type === "stream" && after?.type === "stream" && before.id === after.id && !before.done && !after.done;

const Below = memo(function Below({ id, session }: { id: string; session: NotebookSession }) {
  const { runtime } = useCells();
  const canRun = useCan("RUN");
  const drafts = useReadable(session.provider.drafts, (all) => all.filter((draft) => draft.cell === id), sameList);
  return (
    <>
      <StartProgress runtime={runtime} cell={id} canRun={canRun} onCancel={() => void session.command("stop")} />
      <InputPrompt
        runtime={runtime}
        cell={id}
        canRun={canRun}
        onAnswer={(run, text) => session.command("input", { run, text })}
        onTooLate={() => {
          session.lostText.lost(performance.now());
          toast(t`This question is closed: somebody answered it first, or the cell was stopped.`);
        }}
      />
      <DeathCard
        runtime={runtime}
        cell={id}
        canRun={canRun}
        onRestart={() => void session.command("restart", { run_all: false })}
        onRerun={(to) => session.rerunTo(to)}
        larger={<LargerMachine session={session} cell={id} />}
        onShow={() => undefined}
        nameOfCell={session.nameOf}
      />
      <Suggestion id={id} />
      {drafts.map((draft) => (
        <DraftCard key={draft.id} draft={draft} onDiscard={() => session.provider.discardDraft(draft)} />
      ))}
    </>
  );
});

/** Code that the kernel wants to put into the next cell, for somebody who may write it there. */
function Suggestion({ id }: { id: string }) {
  const { actions } = useCells();
  const canEdit = useCan("EDIT");
  const taken = useRef<string | null>(null);
  const suggestion = useRun(id)?.suggestion ?? null;
  if (suggestion === null || !canEdit) return null;
  return (
    <div className="draft-card">
      <p>{t`This cell suggests code for the next one.`}</p>
      <pre>{suggestion}</pre>
      <Button
        size="small"
        icon={Plus}
        onClick={() => {
          if (taken.current === suggestion) return;
          taken.current = suggestion;
          actions.insert(id, "code", suggestion);
        }}
      >{t`Insert below`}</Button>
    </div>
  );
}
