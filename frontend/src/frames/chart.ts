/** A quick chart: which columns fit it, and its Vega-Lite specification from the kernel's points. Pure. */
import { plural, t } from "@lingui/core/macro";
import type { Schemas } from "../wire/http";
import { isRecord, type Column } from "./bundle";
import { isNumeric, isTemporal, short } from "./format";
import type { FrameAnswer } from "./host";
import { valueOf } from "./local";

export type Mark = Schemas["FrameChart"]["mark"];
export type Aggregate = NonNullable<Schemas["FrameChart"]["aggregate"]>;

export interface Chart {
  readonly mark: Mark;
  readonly x: number;
  readonly y: number;
  readonly color: number | null;
  readonly aggregate: Aggregate;
}

export const MARKS: readonly (readonly [Mark, string])[] = [
  ["bar", t`Bars`],
  ["line", t`Line`],
  ["scatter", t`Points`],
  ["histogram", t`Histogram`],
  ["box", t`Box plot`],
];

export const AGGREGATES: readonly Aggregate[] = ["count", "sum", "mean", "median", "min", "max"];

const isGroup = (column: Column): boolean => ["category", "text", "boolean"].includes(column.kind);

/** A chart that says something of the table without being asked more. */
export function firstChart(columns: readonly Column[]): Chart {
  const numbers = columns.filter((column) => isNumeric(column.kind));
  const number = numbers.find((column) => column.kind === "number") ?? numbers[0];
  const group = columns.find((column) => isGroup(column) && (column.profile?.different ?? 99) <= 40);
  const time = columns.find((column) => isTemporal(column.kind));
  const base = { y: number?.at ?? 0, color: null, aggregate: number === undefined ? "count" : "mean" } as const;
  if (group !== undefined) return { ...base, mark: "bar", x: group.at };
  if (time !== undefined && number !== undefined) return { ...base, mark: "line", x: time.at };
  return { ...base, mark: number === undefined ? "bar" : "histogram", x: number?.at ?? columns[0]?.at ?? 0 };
}

/** The chart with columns that its kind can draw. */
export function fitting(chart: Chart, columns: readonly Column[]): Chart {
  const kindOf = (at: number): Column["kind"] | undefined => columns.find((column) => column.at === at)?.kind;
  const number = columns.find((column) => isNumeric(column.kind))?.at;
  const needsNumber = chart.mark === "histogram" || chart.mark === "scatter";
  const x = kindOf(chart.x);
  const y = kindOf(chart.y);
  return {
    ...chart,
    x: needsNumber && (x === undefined || !isNumeric(x)) ? (number ?? chart.x) : chart.x,
    y: y === undefined || !isNumeric(y) ? (number ?? chart.y) : chart.y,
  };
}

/** The chart as the kernel is asked for it. */
export function asked(chart: Chart): Schemas["FrameChart"] {
  const needsY =
    chart.mark === "scatter" || chart.mark === "box" || (chart.mark !== "histogram" && chart.aggregate !== "count");
  return {
    mark: chart.mark,
    x: chart.x,
    aggregate: chart.aggregate,
    ...(needsY ? { y: chart.y } : {}),
    ...(chart.color === null || chart.mark === "histogram" || chart.mark === "box" ? {} : { color: chart.color }),
  };
}

export function specOf(
  chart: Chart,
  answer: FrameAnswer,
  columns: readonly Column[],
): Readonly<Record<string, unknown>> {
  const column = (at: number | null): Column | undefined => columns.find((each) => each.at === at);
  const x = column(chart.x);
  const y = column(chart.y);
  const color = column(chart.color);
  const xName = x?.name ?? "";
  const measure = chart.aggregate === "count" ? t`number of rows` : t`${chart.aggregate} of ${y?.name ?? ""}`;
  const base = { width: "container", height: 300, autosize: { type: "fit-x", contains: "padding" } };
  if (chart.mark === "histogram") {
    const bounds = answer.bounds ?? [];
    const [low, high] = [Number(bounds[0]), Number(bounds[1])];
    const bins = answer.values ?? [];
    const step = (high - low) / Math.max(1, bins.length);
    const values = bins.flatMap((each) =>
      isRecord(each)
        ? [{ from: low + step * Number(each["bin"]), to: low + step * (Number(each["bin"]) + 1), rows: each["count"] }]
        : [],
    );
    return {
      ...base,
      description: t`Histogram of ${xName}`,
      data: { values },
      mark: { type: "bar", tooltip: true },
      encoding: {
        x: {
          field: "from",
          type: "quantitative",
          title: xName,
          bin: "binned",
          scale: { domain: [low, high], nice: false },
        },
        x2: { field: "to" },
        y: { field: "rows", type: "quantitative", title: "rows" },
      },
    };
  }
  const points = (answer.values ?? []).flatMap((each) => (isRecord(each) ? [point(each, x, y, chart)] : []));
  const isOrdered = x !== undefined && (isNumeric(x.kind) || x.kind === "date" || x.kind === "datetime");
  const xType =
    x === undefined
      ? "nominal"
      : x.kind === "date" || x.kind === "datetime"
        ? "temporal"
        : isNumeric(x.kind)
          ? "quantitative"
          : "nominal";
  const xEncoding =
    chart.mark === "bar" || chart.mark === "box"
      ? {
          field: "x",
          type: isOrdered ? "ordinal" : "nominal",
          title: xName,
          sort: isOrdered ? null : "-y",
          axis: { labelAngle: points.length > 6 ? -40 : 0 },
          ...(chart.mark === "bar" ? { scale: { padding: 0.3 } } : {}),
        }
      : { field: "x", type: xType, title: xName, ...(xType === "quantitative" ? { scale: { zero: false } } : {}) };
  const colorEncoding =
    color === undefined || chart.mark === "box"
      ? {}
      : { color: { field: "color", type: "nominal", title: color.name } };
  if (chart.mark === "box") {
    const quantity = (field: string): object => ({ field, type: "quantitative", title: y?.name ?? "" });
    const sorted = { ...xEncoding, sort: null };
    return {
      ...base,
      description: t`Box plot of ${y?.name ?? ""} by ${xName}`,
      data: { values: points },
      layer: [
        { mark: "rule", encoding: { x: sorted, y: quantity("min"), y2: { field: "max" } } },
        {
          mark: { type: "bar", size: 22, tooltip: true, opacity: 0.55 },
          encoding: { x: sorted, y: quantity("q1"), y2: { field: "q3" } },
        },
        { mark: { type: "tick", width: 22, thickness: 2 }, encoding: { x: sorted, y: quantity("median") } },
      ],
    };
  }
  const mark = chart.mark === "scatter" ? { type: "circle", opacity: 0.6, size: 34 } : { type: chart.mark };
  // A few bars across the whole window would be blocks.
  const groups = new Set(points.map((each) => JSON.stringify(each["x"]))).size;
  return {
    ...base,
    ...(chart.mark === "bar" && groups <= 8 ? { width: { step: 108 }, autosize: "pad" } : {}),
    description:
      chart.mark === "scatter"
        ? t`${y?.name ?? ""} against ${xName}, as points`
        : t`${measure} by ${xName}, as a ${chart.mark} chart`,
    data: { values: points },
    mark: { ...mark, tooltip: true },
    encoding: {
      x: xEncoding,
      y: {
        field: "y",
        type: "quantitative",
        title: chart.mark === "scatter" ? (y?.name ?? "") : measure,
        ...(chart.mark === "bar" ? {} : { scale: { zero: false } }),
      },
      ...colorEncoding,
    },
  };
}

/** One of the kernel's points with its numbers as numbers. */
function point(
  each: Readonly<Record<string, unknown>>,
  x: Column | undefined,
  y: Column | undefined,
  chart: Chart,
): Readonly<Record<string, unknown>> {
  const number = (value: unknown): number | null => (typeof value === "string" ? Number(value) : null);
  const found: Record<string, unknown> = { ...each };
  const given = each["x"];
  if (x !== undefined && typeof given === "string") found["x"] = valueOf(given, x.kind === "boolean" ? "text" : x.kind);
  for (const name of chart.mark === "box" ? ["min", "q1", "median", "q3", "max"] : ["y"])
    found[name] = number(each[name]);
  if (chart.mark === "bar" && (x?.kind === "date" || x?.kind === "datetime")) found["x"] = given;
  return y === undefined && chart.aggregate !== "count" ? each : found;
}

/** What the chart does not show, in words; empty where it shows everything. */
export function leftOutWords(answer: FrameAnswer): string {
  const parts = [];
  if (typeof answer.sampled === "number") parts.push(t`From an even sample of ${short(answer.sampled)} rows.`);
  if ((answer.left_out ?? 0) > 0)
    parts.push(plural(answer.left_out ?? 0, { one: "# smaller group left out.", other: "# smaller groups left out." }));
  return parts.join(" ");
}
