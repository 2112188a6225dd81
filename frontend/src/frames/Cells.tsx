/** The cells of one row. Drawn again only when what they show has changed, so that scrolling stays smooth. */
import { t } from "@lingui/core/macro";
import { memo, useState, type CSSProperties, type ReactElement, type ReactNode } from "react";
import type { Cell, Column, Profile } from "./bundle";
import { isMissing, isRight, written, type Style } from "./format";
import { valueOf } from "./local";
import type { RowSource } from "./source";
import type { GridView } from "./view";

export interface Placed {
  readonly column: Column;
  readonly style: Style;
  readonly left: number;
  readonly width: number;
  /** Its place among the columns that show, from 0. */
  readonly place: number;
}

export interface RowProps {
  row: number;
  top: number;
  height: number;
  width: number;
  grid: string;
  pinned: readonly Placed[];
  pinnedWidth: number;
  rest: readonly Placed[];
  source: RowSource;
  /** Changes with the cells of the source. */
  version: number;
  view: GridView;
  /** The places that are selected in this row. */
  from: number;
  to: number;
  active: number;
}

export const cellId = (grid: string, row: number, place: number): string => `${grid}-${row}-${place}`;

export const Row = memo(function Row(props: RowProps): ReactElement {
  const { row, top, height, width, pinned, pinnedWidth, rest } = props;
  return (
    <div
      role="row"
      className="fr-row"
      aria-rowindex={row + 2}
      data-odd={row % 2 === 1 || undefined}
      style={{ transform: `translateY(${top}px)`, height, width }}
    >
      {pinned.length > 0 && (
        <div role="presentation" className="fr-pinned" style={{ width: pinnedWidth }}>
          {pinned.map((placed) => (
            <OneCell key={placed.column.at} placed={placed} {...props} />
          ))}
        </div>
      )}
      {rest.map((placed) => (
        <OneCell key={placed.column.at} placed={placed} {...props} />
      ))}
    </div>
  );
});

function OneCell({ placed, row, grid, source, view, from, to, active }: RowProps & { placed: Placed }): ReactElement {
  const { column, style, left, width, place } = placed;
  const cell = source.cell(row, column.at);
  const tint = view.tints[column.at];
  const isGone = cell !== undefined && isMissing(cell);
  const ground =
    cell === undefined || isGone || tint === undefined || column.profile === null
      ? null
      : groundOf(cell, column, column.profile, tint);
  const isWrapped = view.wrapped.includes(column.at);
  return (
    <div
      role={column.at < 0 ? "rowheader" : "gridcell"}
      id={cellId(grid, row, place)}
      aria-colindex={place + 1}
      aria-selected={place >= from && place <= to}
      data-place={place}
      data-active={place === active || undefined}
      data-right={(isRight(column.kind) && column.at >= 0) || undefined}
      data-gone={isGone || (typeof cell === "number" ? true : undefined)}
      data-kind={column.kind}
      data-wrapped={isWrapped || undefined}
      className="fr-cell"
      style={{ left, width, ...ground }}
    >
      {cell === undefined ? (
        <span className="fr-waiting" />
      ) : tint === "chips" && !isGone ? (
        <bdi className="fr-chip">{written(cell, style)}</bdi>
      ) : column.kind === "image" && !isGone ? (
        <Picture label={written(cell, style)} address={source.picture(row, column.at)} />
      ) : (
        <bdi className="fr-text">{found(written(cell, style), view.search)}</bdi>
      )}
    </div>
  );
}

/** A thumbnail; words where there is none, or where the browser cannot show it. */
function Picture({ label, address }: { label: string; address: string | null | undefined }): ReactElement {
  const [broken, setBroken] = useState<string | null>(null);
  if (address === undefined) return <span className="fr-waiting" />;
  if (address === null || address === broken) return <bdi className="fr-text">{label}</bdi>;
  return (
    <img
      className="fr-picture"
      src={address}
      alt={label}
      title={label}
      draggable={false}
      decoding="async"
      onError={() => setBroken(address)}
    />
  );
}

/** A text with what was searched for marked in it. */
function found(text: string, search: string): ReactNode {
  if (search === "") return text === "" ? <span className="fr-empty">{t`empty`}</span> : text;
  const at = text.toLowerCase().indexOf(search.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </>
  );
}

const CHIPS = 8;

/** Colours a cell by its value: its place between the column's least and greatest, or its category. */
export function groundOf(cell: Cell, column: Column, profile: Profile, tint: string): CSSProperties | null {
  if (tint === "chips") {
    const text = typeof cell === "string" ? cell : "";
    const place = profile.top.findIndex(([one]) => one === text);
    const color = place < 0 ? "var(--fg3)" : `var(--chart-${place % CHIPS})`;
    return { "--fr-chip": color } as CSSProperties;
  }
  const value = valueOf(cell, column.kind);
  const [low, high] = [profile.min, profile.max].map((end) => (end === null ? null : valueOf(end, column.kind)));
  if (typeof value !== "number" || typeof low !== "number" || typeof high !== "number" || high <= low) return null;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  if (tint === "scale")
    return { background: `color-mix(in srgb, var(--accent) ${Math.round(4 + share * 32)}%, transparent)` };
  const zero = low < 0 && high > 0 ? -low / (high - low) : 0;
  const [start, end] = share < zero ? [share, zero] : [zero, share];
  const color = share < zero ? "var(--err)" : "var(--accent)";
  const stop = (at: number): string => `${(at * 100).toFixed(1)}%`;
  const bar = `color-mix(in srgb, ${color} 24%, transparent)`;
  return {
    background: `linear-gradient(to right, transparent ${stop(start)}, ${bar} ${stop(start)}, ${bar} ${stop(end)}, transparent ${stop(end)})`,
  };
}
