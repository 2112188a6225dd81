/** GeoJSON as an outline: no tiles, because outputs reach no network. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMemo, type ReactElement } from "react";
import { JsonTree } from "../ui/JsonTree";
import { planOf } from "./geo";

const degrees = (value: number): string => `${value.toFixed(2)}°`;

export function GeoMap({ value, label }: { value: unknown; label: string }): ReactElement {
  const plan = useMemo(() => planOf(value), [value]);
  if (plan === null)
    return (
      <div className="output-json">
        <JsonTree value={value} />
      </div>
    );
  const [west, south, east, north] = plan.bounds;
  return (
    <figure className="output-map">
      <svg
        viewBox={`0 0 ${plan.width.toFixed(0)} ${plan.height.toFixed(0)}`}
        width={plan.width}
        role="img"
        aria-label={t`Map of ${plan.shapes.length} shapes, ${label}`}
      >
        {plan.shapes.map(({ kind, path, name }, index) => {
          const title = name === "" ? null : <title>{name}</title>;
          const [x, y] = path.split(" ");
          return kind === "point" ? (
            <circle key={index} cx={x} cy={y} r={4}>
              {title}
            </circle>
          ) : (
            <path key={index} className={kind} d={path} fillRule="evenodd">
              {title}
            </path>
          );
        })}
      </svg>
      <figcaption className="output-note">
        <Trans>
          {degrees(west)} to {degrees(east)} east, {degrees(south)} to {degrees(north)} north
          {plan.left > 0 && t`; ${String(plan.left)} more shapes are not drawn`}
        </Trans>
      </figcaption>
    </figure>
  );
}
