import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { keepable } from "../model/keepable";
import type { KernelState } from "../model/kernel";
import { reasonOf } from "../wire/http";
import { keepableQuery } from "../wire/queries";

/** Before the kernel ends: which of its variables can be kept, and which cannot and why. */
export function Keepable({ notebook, state }: { notebook: string; state: KernelState }) {
  const isFree = state === "idle";
  const found = useQuery({ ...keepableQuery(notebook), enabled: isFree });
  if (!isFree || found.isError) {
    return (
      <p className="keepable" role="status">
        {isFree ? reasonOf(found.error) : state === "busy" ? t`A cell is running, so the list cannot be had now.` : ""}{" "}
        <span className="text-fg3">{t`What can be kept is kept all the same; the notebook lists the rest afterwards.`}</span>
      </p>
    );
  }
  if (found.data === undefined) {
    return <p className="keepable text-fg3" role="status">{t`Looking at the variables…`}</p>;
  }
  const { summary, note, kept, lost } = keepable(found.data);
  return (
    <div className="keepable">
      <p role="status">{summary}</p>
      {kept.length + lost.length > 0 && (
        <div className="keepable-list" role="region" aria-label={t`Variables`} tabIndex={0}>
          {lost.length > 0 && <Rows title={t`Cannot be kept`} rows={lost.map(({ name, why }) => [name, why, ""])} />}
          {kept.length > 0 && (
            <Rows title={t`Can be kept`} rows={kept.map(({ name, type, size }) => [name, type, size])} />
          )}
        </div>
      )}
      {note !== "" && <p className="text-fg3">{note}</p>}
    </div>
  );
}

function Rows({ title, rows }: { title: string; rows: (readonly [string, string, string])[] }) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([name, about, size]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td colSpan={size === "" ? 2 : 1}>{about}</td>
            {size !== "" && <td className="figures">{size}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
