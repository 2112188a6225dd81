/** A quick chart of the present view: aggregated in the kernel, drawn here, and a cell if it is to stay. */
import { t } from "@lingui/core/macro";
import { Code } from "lucide-react";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactElement } from "react";
import { loadVega } from "../charts";
import { Button } from "../ui/Button";
import { Select, type SelectProps } from "../ui/Select";
import { toast, toastError } from "../ui/Toast";
import { useTheme } from "../ui/theme";
import { reasonOf } from "../wire/http";
import type { Column, Frame } from "./bundle";
import { AGGREGATES, asked, firstChart, fitting, leftOutWords, MARKS, specOf, type Chart } from "./chart";
import { isNumeric } from "./format";
import type { FrameAnswer, FrameHost } from "./host";
import { wire } from "./remote";
import type { RowsView } from "./view";

export interface ChartPanelProps {
  frame: Frame;
  table: string;
  host: FrameHost;
  columns: readonly Column[];
  rows: RowsView;
}

export function ChartPanel({ frame, table, host, columns, rows }: ChartPanelProps): ReactElement {
  const [chosen, setChart] = useState<Chart>(() => firstChart(columns));
  const chart = fitting(chosen, columns);
  const [answer, setAnswer] = useState<{ to: Chart; data: FrameAnswer } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** Code that could not run yet, and why. */
  const [held, setHeld] = useState<{ key: string; code: string; lacking: string } | null>(null);
  const rights = useSyncExternalStore(host.rights.subscribe, host.rights.get);
  const key = JSON.stringify([chart, rows]);

  useEffect(() => {
    const abort = new AbortController();
    host.ask(table, { operation: "chart", view: wire(rows), chart: asked(chart) }, abort.signal).then(
      (data) => {
        setProblem(null);
        setAnswer({ to: chart, data });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(reasonOf(error));
      },
    );
    return () => abort.abort();
    // The key stands for the chart and the rows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [host, table, key]);

  const insert = (): void => {
    const question = { operation: "code" as const, view: wire(rows), chart: asked(chart), variable: frame.name ?? "" };
    host.ask(table, question).then(
      ({ code = "", lacking = [] }) => {
        if (lacking.length === 0) add(code);
        else setHeld({ key, code, lacking: lacking.join(", ") });
      },
      (error: unknown) => toastError(reasonOf(error)),
    );
  };
  const add = (code: string): void => {
    setHeld(null);
    host.insertCode(code);
    toast(t`Chart added below`);
  };
  const options = (those: readonly Column[]): { value: string; label: string }[] =>
    those.map((column) => ({ value: String(column.at), label: column.name === "" ? t`values` : column.name }));
  const numbers = columns.filter((column) => isNumeric(column.kind));
  const groups = columns.filter((column) => ["category", "text", "boolean"].includes(column.kind));
  return (
    <aside className="fr-chart" aria-label={t`Chart`}>
      <div className="fr-chart-tools">
        <Choice
          label={t`Kind of chart`}
          value={chart.mark}
          onChange={(mark) => setChart({ ...chart, mark })}
          options={MARKS.map(([value, label]) => ({ value, label }))}
        />
        <Choice
          label={chart.mark === "histogram" ? t`Values` : t`Across`}
          value={String(chart.x)}
          onChange={(x) => setChart({ ...chart, x: Number(x) })}
          options={options(chart.mark === "histogram" || chart.mark === "scatter" ? numbers : columns)}
        />
        {(chart.mark === "bar" || chart.mark === "line") && (
          <Choice
            label={t`Figure`}
            value={chart.aggregate}
            onChange={(aggregate) => setChart({ ...chart, aggregate })}
            options={AGGREGATES.map((value) => ({ value, label: value === "count" ? t`number of rows` : value }))}
          />
        )}
        {(chart.mark === "scatter" ||
          chart.mark === "box" ||
          (chart.mark !== "histogram" && chart.aggregate !== "count")) && (
          <Choice
            label={t`Of`}
            value={String(chart.y)}
            onChange={(y) => setChart({ ...chart, y: Number(y) })}
            options={options(numbers)}
          />
        )}
        {chart.mark !== "histogram" && chart.mark !== "box" && groups.length > 0 && (
          <Choice
            label={t`Colour`}
            value={chart.color === null ? "none" : String(chart.color)}
            onChange={(color) => setChart({ ...chart, color: color === "none" ? null : Number(color) })}
            options={[{ value: "none", label: t`one colour` }, ...options(groups)]}
          />
        )}
        {rights.has("EDIT") && (
          <Button size="small" icon={Code} onClick={insert} className="ms-auto">{t`Insert as a cell`}</Button>
        )}
      </div>
      {held?.key === key && (
        <p className="fr-trouble" role="status">
          <span>
            {t`The cell needs ${held.lacking}, which is not installed in this project. Insert it; the panel on the left then helps to install.`}
          </span>
          <Button size="small" onClick={() => add(held.code)}>{t`Insert as a cell`}</Button>
        </p>
      )}
      {problem !== null ? (
        <p className="fr-note" role="status">
          {problem}
        </p>
      ) : (
        answer !== null && <Picture chart={answer.to} data={answer.data} columns={columns} />
      )}
      {answer !== null && problem === null && <p className="fr-chart-note">{leftOutWords(answer.data)}</p>}
    </aside>
  );
}

/** A choice with its name above it. */
function Choice<T extends string>(props: SelectProps<T>): ReactElement {
  return (
    <div className="fr-chart-choice">
      <span aria-hidden>{props.label}</span>
      <Select {...props} />
    </div>
  );
}

function Picture({
  chart,
  data,
  columns,
}: {
  chart: Chart;
  data: FrameAnswer;
  columns: readonly Column[];
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme((state) => state.theme);
  const spec = useMemo(() => specOf(chart, data, columns), [chart, data, columns]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let isOver = false;
    let close: () => void = () => undefined;
    void loadVega()
      .then((vega) => vega.draw(element, spec, "vega-lite"))
      .then(
        (drawn) => {
          if (isOver) drawn.close();
          else close = drawn.close;
        },
        (error: unknown) => toastError(error instanceof Error ? error.message : t`The chart could not be drawn.`),
      );
    return () => {
      isOver = true;
      close();
    };
    // A chart takes its colours when it is drawn, so another theme draws it anew.
  }, [spec, theme]);
  return <div ref={box} className="fr-chart-picture" role="img" aria-label={String(spec["description"])} />;
}
