import { t } from "@lingui/core/macro";
import { memo, useCallback } from "react";
import type * as Y from "yjs";
import { shownValue, type InputDefinition, type InputValue } from "../model/inputs";
import type { Run } from "../model/run";
import { useObserved } from "../model/use";
import { Button } from "../ui/Button";
import { CellFoot } from "./CellFoot";
import { useCan, useCells, useView } from "./CellsContext";
import { SourceEditor } from "./SourceEditor";
import { showCode } from "./ui";

/** An input: its form; its code where somebody asked for it, or where that is more than a value. Nothing is hidden. */
export const InputPlace = memo(function InputPlace({
  id,
  source,
  definition,
  run,
}: {
  id: string;
  source: Y.Text;
  definition: InputDefinition;
  run: Run | null;
}) {
  const { actions, slots, view } = useCells();
  const canEdit = useCan("EDIT");
  const isCoded = useView((state) => state.coded.has(id));
  const value = useValue(source, definition);
  if (value !== null && !isCoded) return slots.input(id, definition, value);
  return (
    <>
      {/* Whoever types in the code keeps it, also when it has become a value again. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="cell-card" onFocus={() => showCode(view, id, true)}>
        <div className="cell-note">
          <span>
            {value === null
              ? t`This code does more than set the value of the input, so no form is shown for it.`
              : t`The code of an input.`}
          </span>
          {value !== null && (
            <Button size="small" kind="ghost" onClick={() => showCode(view, id, false)}>{t`Show the form`}</Button>
          )}
          {value === null && canEdit && (
            <Button
              size="small"
              kind="ghost"
              onClick={() => {
                actions.setValue(id, definition, null);
                showCode(view, id, false);
              }}
            >{t`Replace it by a value`}</Button>
          )}
        </div>
        <SourceEditor id={id} source={source} language="code" />
      </div>
      <CellFoot id={id} run={run} />
    </>
  );
});

/** The value that the text holds, as the form can show it. */
function useValue(source: Y.Text, definition: InputDefinition): InputValue | null {
  const subscribe = useCallback(
    (listener: () => void) => {
      source.observe(listener);
      return () => source.unobserve(listener);
    },
    [source],
  );
  return useObserved(subscribe, () => shownValue(definition, source.toJSON()));
}
