import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { latestNotebooksQuery } from "../../wire/queries";
import { NotebookLine } from "../shell/NotebookLine";

const SHOWN = 4;

/** Where work went on last, to go on there; nothing while there is none. */
export function LatestNotebooks() {
  const latest = useQuery(latestNotebooksQuery).data ?? [];
  if (latest.length === 0) return null;
  return (
    <section aria-labelledby="latest-notebooks" className="mb-9">
      <h2 id="latest-notebooks" className="mb-3 text-[13px] font-medium text-fg2">
        {t`Latest notebooks`}
      </h2>
      <ul className="divide-y divide-line rounded-card border border-line bg-card shadow-low">
        {latest.slice(0, SHOWN).map((notebook) => (
          <NotebookLine key={notebook.id} notebook={notebook} detail={notebook.project_name} />
        ))}
      </ul>
    </section>
  );
}
