import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { memo, useCallback, useMemo } from "react";
import { useCan, useCells, useRun, useView } from "../../cells/CellsContext";
import { focusCell } from "../../cells/perform";
import type { ListFolder } from "../../inputs/FilePicker";
import { heldBy } from "../../inputs/status";
import type { InputDefinition, InputOption, InputValue } from "../../model/inputs";
import { readKernel } from "../../model/kernel";
import { useObserved, useReadable } from "../../model/use";
import { partOnDemand } from "../../ui/onDemand";
import { request, type Schemas } from "../../wire/http";
import { notebookQuery } from "./notebookQuery";
import type { NotebookSession } from "./session";
import "../../inputs/inputs.css";

/** As high as most forms, so that nothing moves when it comes. */
const InputForm = partOnDemand(
  async () => (await import("../../inputs/InputForm")).InputForm,
  ({ definition }) => (
    <div className="cell-card input-card input-waiting">
      <span className="input-label">{definition.label === "" ? definition.name : definition.label}</span>
    </div>
  ),
);

/** The form of one input cell, with what this person may do with it. */
export const InputHere = memo(function InputHere({
  id,
  definition,
  value,
  session,
}: {
  id: string;
  definition: InputDefinition;
  value: InputValue;
  session: NotebookSession;
}) {
  const { actions, commands, runtime, slots } = useCells();
  const canEdit = useCan("EDIT");
  const canRun = useCan("RUN");
  const isActive = useView((state) => state.active === id);
  const blocked = useReadable(session.runBlocked, (reason) => reason);
  const run = useRun(id);
  const held = useObserved(
    (listener) => runtime.subscribeKernel(listener),
    () => heldBy(run, readKernel(runtime.kernel)),
  );
  /** Whoever edits changes the text, so that undo takes it back; the server writes it for all others. */
  const change = async (next: InputValue): Promise<boolean> => {
    if (!canEdit) return session.command("set_input", { cell_id: id, value: next });
    actions.setValue(id, definition, next);
    return canRun && blocked === null ? session.command("set_input", { cell_id: id }) : true;
  };
  const setNow = (): void => {
    if (held === "none") commands.run([id]);
    else void session.command("set_input", { cell_id: id });
  };
  const project = useQuery(notebookQuery(session.notebook)).data?.project;
  const listFolder = useMemo(() => (project === undefined ? null : listerOf(project)), [project]);
  const readOptions = useCallback(() => optionsOf(session.notebook, id), [session.notebook, id]);
  return (
    <InputForm
      cell={id}
      definition={definition}
      value={value}
      run={run}
      held={held}
      listFolder={listFolder}
      readOptions={canRun && blocked === null ? readOptions : null}
      locked={canEdit ? null : canRun ? blocked : t`You can see this value, not set it.`}
      onChange={change}
      onRun={canRun && blocked === null ? setNow : null}
      onDefine={canEdit ? () => commands.defineInput(id) : null}
      onLeave={() => focusCell(session.cells.get(), id)}
      people={slots.people(id)}
      isActive={isActive}
    />
  );
});

const optionsOf = async (notebook: string, cell: string): Promise<readonly InputOption[]> => {
  const address = `/api/notebooks/${encodeURIComponent(notebook)}/inputs/${encodeURIComponent(cell)}/options`;
  return (await request<Schemas["InputOptions"]>("GET", address)).options;
};

/** An address comes from the listing above it, encoded already. */
const listerOf =
  (project: string): ListFolder =>
  (address, signal) =>
    request(
      "GET",
      `/api/projects/${encodeURIComponent(project)}/files${address === "" ? "" : `/${address}`}`,
      undefined,
      { signal },
    );
