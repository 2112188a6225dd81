import { t } from "@lingui/core/macro";
import { ChartLine, Copy, Table2, Trash2, X } from "lucide-react";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { useNow } from "../ui/Time";
import type { Schemas } from "../wire/http";
import type { Variable, VariableOrigin } from "../wire/variables";
import { Plot } from "./Plot";
import { originText, shapeText, sizeText } from "./words";

export type Drawn =
  | { readonly state: "asking" }
  | { readonly state: "failed"; readonly reason: string }
  | { readonly state: "known"; readonly points: Schemas["SeriesPoints"] };

export interface DetailsProps {
  readonly item: Variable;
  readonly isTop: boolean;
  readonly canRun: boolean;
  readonly drawn: Drawn | null;
  readonly cellName: (cell: string) => string | null;
  readonly onGoTo: (cell: string) => void;
  readonly onCopy: () => void;
  readonly onPlot: () => void;
  readonly onClosePlot: () => void;
  readonly onDelete: () => void;
  /** Opens the variable as a table; null where nothing can. */
  readonly onOpen: (() => void) | null;
}

/** The selected variable: whose it is, and what can be done with it. */
export function Details(props: DetailsProps) {
  const { item, drawn } = props;
  const facts = [item.type, shapeText(item), sizeText(item)].filter((fact) => fact !== "");
  return (
    <section aria-label={t`About ${item.name}`} className="variable-details">
      <h3>
        <bdi>{item.name}</bdi>
        <span>{facts.join(" · ")}</span>
      </h3>
      <Origin
        verb={t({ message: "Set", context: "by somebody, in a cell" })}
        origin={item.defined ?? null}
        {...props}
      />
      <Origin
        verb={t({ message: "Changed", context: "by somebody, in a cell" })}
        origin={item.changed ?? null}
        {...props}
      />
      <div className="variable-actions">
        <Button size="small" icon={Copy} onClick={props.onCopy}>{t`Copy name`}</Button>
        {props.onOpen !== null && <Button size="small" icon={Table2} onClick={props.onOpen}>{t`Open`}</Button>}
        {props.canRun && item.plot === true && drawn === null && (
          <Button size="small" icon={ChartLine} onClick={props.onPlot}>{t`Plot`}</Button>
        )}
        {props.canRun && props.isTop && (
          <Button size="small" kind="ghost" icon={Trash2} onClick={props.onDelete}>{t`Delete`}</Button>
        )}
      </div>
      {drawn !== null && (
        <div className="variable-drawn">
          <IconButton icon={X} size="small" label={t`Close the plot`} onClick={props.onClosePlot} />
          {drawn.state === "asking" && <p>{t`Asking the kernel for its numbers.`}</p>}
          {drawn.state === "failed" && <p role="alert">{drawn.reason}</p>}
          {drawn.state === "known" && <Plot points={drawn.points} name={item.name} />}
        </div>
      )}
    </section>
  );
}

function Origin({
  verb,
  origin,
  cellName,
  onGoTo,
}: Pick<DetailsProps, "cellName" | "onGoTo"> & { verb: string; origin: VariableOrigin | null }) {
  const now = useNow();
  if (origin === null) return null;
  const name = cellName(origin.cell);
  const text = originText(verb, origin, name, now);
  return (
    <p className="variable-origin">
      {text.before}
      {name === null ? (
        text.cell
      ) : (
        <button type="button" onClick={() => onGoTo(origin.cell)}>
          {text.cell}
        </button>
      )}
      {text.after}
    </p>
  );
}
