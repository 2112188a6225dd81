import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { memo } from "react";
import type { Schemas } from "../wire/http";

const WIDTH = 320;
const HEIGHT = 96;
const PAD = 4;

/** A line of a series and how its numbers are spread, drawn from a few of its points. */
export const Plot = memo(function Plot({ points, name }: { points: Schemas["SeriesPoints"]; name: string }) {
  const { low, high, mean, total, step, missing } = points;
  const said = t`${name}: from ${figure(low)} to ${figure(high)}, mean ${figure(mean)}`;
  return (
    <figure className="variable-plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t`Line of ${said}`}>
        <path d={linePath(points.y, low, high)} className="variable-line" vectorEffect="non-scaling-stroke" />
      </svg>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t`Histogram of ${said}`}
      >
        {bars(points.bins).map(({ x, y, width, height }, index) => (
          <rect key={index} x={x} y={y} width={width} height={height} className="variable-bar" />
        ))}
      </svg>
      <figcaption>
        <span>{figure(low)}</span>
        <span>{t`mean ${figure(mean)}`}</span>
        <span>{figure(high)}</span>
      </figcaption>
      {(step > 1 || missing > 0) && (
        <p>
          {step > 1 &&
            t`Every ${step.toLocaleString(currentLocale())}th of ${total.toLocaleString(currentLocale())} numbers. `}
          {missing > 0 && t`${missing.toLocaleString(currentLocale())} of them missing.`}
        </p>
      )}
    </figure>
  );
});

/** A number in few digits. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(2);
  return value.toLocaleString(currentLocale(), { maximumSignificantDigits: 5 });
}

/** The path of a line with a gap where a number is missing; a lone number between gaps is a dot. */
export function linePath(y: readonly (number | null)[], low: number, high: number): string {
  const across = (WIDTH - 2 * PAD) / Math.max(1, y.length - 1);
  const place = (value: number): number => (high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5);
  let path = "";
  let pen = "M";
  y.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const at = `${(PAD + index * across).toFixed(1)} ${(HEIGHT - PAD - place(value) * (HEIGHT - 2 * PAD)).toFixed(1)}`;
    const isLone = pen === "M" && (y[index + 1] ?? null) === null;
    path += `${pen}${at}${isLone ? "h0.01" : ""}`;
    pen = "L";
  });
  return path;
}

function bars(bins: readonly number[]): { x: number; y: number; width: number; height: number }[] {
  const most = Math.max(1, ...bins);
  const width = (WIDTH - 2 * PAD) / bins.length;
  return bins.map((count, index) => {
    const height = (count / most) * (HEIGHT - 2 * PAD);
    return { x: PAD + index * width, y: HEIGHT - PAD - height, width: Math.max(0.5, width - 1), height };
  });
}
