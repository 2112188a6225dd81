/** A table on paper: the first rows and as many columns as a page is wide. */
import { t } from "@lingui/core/macro";
import { useSyncExternalStore, type ReactElement } from "react";
import { flushSync } from "react-dom";
import { storedRows, type Frame } from "./bundle";
import { columnsText, isRight, rowsText, styleOf, written } from "./format";

const ROWS = 25;
const COLUMNS = 9;

export function PrintTable({ frame }: { frame: Frame }): ReactElement {
  const rows = Math.min(ROWS, storedRows(frame));
  const columns = [...frame.index, ...frame.columns.slice(0, COLUMNS)].map((column) => {
    const cells = (column.at < 0 ? frame.indexCells[frame.index.length + column.at] : frame.cells[column.at]) ?? [];
    return { column, cells, style: styleOf(column, cells), pictures: frame.pictures.get(column.at) };
  });
  const left = frame.columnsTotal - Math.min(COLUMNS, frame.columns.length);
  return (
    <div className="fr-print">
      <table>
        <thead>
          <tr>
            {columns.map(({ column }) => (
              <th key={column.at} data-right={isRight(column.kind) || undefined}>
                {column.name}
                <small>{column.at < 0 ? "" : column.type}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              {columns.map(({ column, cells, style, pictures }) => {
                const text = written(cells[row] ?? 0, style);
                const picture = pictures?.[row] ?? null;
                return (
                  <td key={column.at} data-right={isRight(column.kind) || undefined}>
                    {picture === null ? text : <img className="fr-picture" src={picture} alt={text} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {frame.rows === null ? "" : `${rowsText(frame.rows)} × `}
        {columnsText(frame.columnsTotal)}
        {frame.rows !== null && rows < frame.rows && t`; the first ${rows} rows are printed`}
        {left > 0 && t`; ${columnsText(left)} left out`}
      </p>
    </div>
  );
}

const listeners = new Set<() => void>();
let isPrinting = false;

function tell(now: boolean): void {
  isPrinting = now;
  // The page is laid out for paper as soon as the event ends.
  flushSync(() => {
    for (const listener of listeners) listener();
  });
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.removeEventListener("beforeprint", begin);
    window.removeEventListener("afterprint", end);
  };
}

const begin = (): void => tell(true);
const end = (): void => tell(false);

/** Whether the page is being printed. */
export const usePrinting = (): boolean => useSyncExternalStore(subscribe, () => isPrinting);
