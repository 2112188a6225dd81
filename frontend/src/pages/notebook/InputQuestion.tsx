import { begin } from "../../inputs/kinds";
import { cellMap, cellsOf } from "../../model/cells";
import { definitionText, guessed, readDefinition } from "../../model/inputs";
import { useReadable } from "../../model/use";
import { dialogOnDemand } from "../../ui/onDemand";
import type { NotebookSession } from "./session";

const InputDialog = dialogOnDemand(async () => (await import("../../inputs/InputDialog")).InputDialog);

/** Asks what a cell takes that is an input, or is to become one. */
export function InputQuestion({ session }: { session: NotebookSession }) {
  const cell = useReadable(session.defining, (id) => id);
  if (cell === null) return null;
  const close = (): void => session.defining.set(null);
  const source = session.textOf(cell)?.toJSON() ?? "";
  const json = definitionText(cellMap(cellsOf(session.cells.get().doc), cell));
  return (
    <InputDialog
      key={cell}
      definition={readDefinition(json) ?? guessed(source) ?? begin("text", session.isNameTaken)}
      onSave={(definition) => {
        session.cells.get().actions.define(cell, definition);
        close();
      }}
      open
      onOpenChange={close}
    />
  );
}
