/** What a column holds, as a small picture and a few figures in its header. */
import { t } from "@lingui/core/macro";
import { memo, type ReactElement } from "react";
import type { Column, Profile } from "./bundle";
import { figure, isTemporal, share, short } from "./format";

const HEIGHT = 26;

export const Spark = memo(function Spark({ column, width }: { column: Column; width: number }): ReactElement | null {
  const { profile } = column;
  if (profile === null || profile.of === 0) return null;
  if (profile.missing === profile.of) return <p className="fr-spark-words">{t`all missing`}</p>;
  if (profile.bins.length > 1) return <Bars profile={profile} width={width} />;
  if (profile.top.length > 0) return <Top column={column} profile={profile} />;
  return null;
});

function Bars({ profile, width }: { profile: Profile; width: number }): ReactElement {
  const most = Math.max(...profile.bins, 1);
  const step = width / profile.bins.length;
  const gap = step > 5 ? 1 : 0.5;
  return (
    <svg className="fr-spark" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden>
      {profile.bins.map((count, place) => {
        // A bin with a single value is still seen.
        const height = count === 0 ? 0 : Math.max(1.5, (count / most) * (HEIGHT - 1));
        return (
          <rect
            key={place}
            x={place * step + gap / 2}
            y={HEIGHT - height}
            width={Math.max(0.5, step - gap)}
            height={height}
            rx={step > 6 ? 1 : 0}
          />
        );
      })}
      <line x1={0} x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
    </svg>
  );
}

function Top({ column, profile }: { column: Column; profile: Profile }): ReactElement {
  const present = profile.of - profile.missing;
  if (isUnique(column, profile))
    return <p className="fr-spark-words">{t`${short(profile.different ?? 0)} different`}</p>;
  return (
    <span className="fr-spark-top" aria-hidden>
      {profile.top.slice(0, 2).map(([cell, count], place) => (
        <span key={place} className="fr-spark-line">
          <span className="fr-spark-fill" style={{ width: `${(100 * count) / present}%` }} />
          <bdi className="fr-spark-name">{figure(cell, column.kind) || t`empty text`}</bdi>
          <span className="fr-spark-share">{share(count, present)}</span>
        </span>
      ))}
    </span>
  );
}

/** Text that seldom comes twice: its most frequent values say nothing. */
function isUnique(column: Column, { of, missing, different }: Profile): boolean {
  return column.kind === "text" && different !== null && of - missing > 8 && different > (of - missing) * 0.9;
}

/** The line of figures below the picture, which also says it all to a screen reader. */
export function profileLine(column: Column): { range: string; missing: string } {
  const { profile, kind } = column;
  if (profile === null || profile.of === 0) return { range: "", missing: "" };
  const missing = profile.missing === 0 ? "" : t`${share(profile.missing, profile.of)} missing`;
  if (profile.min !== null && profile.max !== null) {
    const [low, high] = [figure(profile.min, kind), figure(profile.max, kind)];
    // Two days of one year name it once.
    const end = isTemporal(kind) && low.slice(0, 5) === high.slice(0, 5) && low.length === 10 ? high.slice(5) : high;
    return { range: low === high ? t`all ${low}` : `${low} – ${end}`, missing };
  }
  const others = isUnique(column, profile) ? 0 : (profile.different ?? 0) - 2;
  return { range: others > 0 ? t`+ ${short(others)} more` : "", missing };
}

/** A column's profile in one sentence. */
export function profileWords(column: Column): string {
  const { profile } = column;
  const head = `${column.name === "" ? t`values` : column.name}, ${column.type}`;
  if (profile === null || profile.of === 0) return head;
  const { range, missing } = profileLine(column);
  const top = profile.top
    .slice(0, 2)
    .map(([cell, count]) => `${figure(cell, column.kind)} ${share(count, profile.of - profile.missing)}`)
    .join(", ");
  return [head, top === "" ? range : `most frequent ${top}`, missing].filter((part) => part !== "").join("; ");
}
