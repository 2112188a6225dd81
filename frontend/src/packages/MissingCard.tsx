import { plural, t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PackagePlus } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { toastError } from "../ui/Toast";
import type { Schemas } from "../wire/http";
import { AskFor } from "./AskFor";
import { requirementsQuery, useChanges, wishes } from "./useEnvironment";
import { listed, sureness } from "./words";

type Needed = Schemas["NeededPackage"];

/** In a notebook's left panel: what is imported here and cannot be found, quietly. */
export function MissingCard({ project, mayChange }: { project: string; mayChange: boolean }) {
  const [isOpened, setIsOpened] = useState(false);
  const requirements = useQuery(requirementsQuery(project));
  const missing = requirements.data?.missing ?? [];
  if (missing.length === 0) return null;
  return (
    <section
      aria-label={t`Missing packages`}
      className="mx-2 mb-2 shrink-0 rounded-card border border-warn-line bg-warn-bg p-3"
    >
      <p className="font-medium">{plural(missing.length, { one: "# missing package", other: "# missing packages" })}</p>
      <p className="mt-0.5 text-[13px] break-words text-fg2">{t`You import ${listed(missing.map((each) => each.import ?? each.distribution))}, not installed in this project.`}</p>
      {mayChange ? (
        <Button
          size="small"
          icon={PackagePlus}
          className="mt-2"
          onClick={() => setIsOpened(true)}
        >{t`Review and install`}</Button>
      ) : (
        <AskFor project={project} lines={missing.map((each) => each.line)} />
      )}
      <Dialog
        open={isOpened}
        onOpenChange={setIsOpened}
        size="medium"
        title={t`Install missing packages`}
        description={t`Each is installed for everybody in the project and written into requirements.txt.`}
      >
        <Review project={project} missing={missing} onDone={() => setIsOpened(false)} />
      </Dialog>
    </section>
  );
}

function Review({ project, missing, onDone }: { project: string; missing: readonly Needed[]; onDone: () => void }) {
  const client = useQueryClient();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const { begin } = useChanges(project, (doubt) => toastError(doubt.reason));
  const chosen = missing.filter((each) => !left.has(each.line));
  const toggle = (line: string): void => {
    const next = new Set(left);
    if (!next.delete(line)) next.add(line);
    setLeft(next);
  };
  const install = async (): Promise<void> => {
    try {
      await begin.mutateAsync({ wish: wishes(project).install(chosen.map((each) => each.line)) });
      onDone();
    } catch {
      return; // told by the mutation
    }
    void client.invalidateQueries({ queryKey: requirementsQuery(project).queryKey });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void install();
      }}
    >
      <ul className="divide-y divide-line rounded-card border border-line">
        {missing.map((each) => (
          <li key={each.line} className="px-3.5 py-2.5">
            <label htmlFor={`missing-${each.distribution}`} className="flex cursor-pointer items-center gap-3">
              <input
                id={`missing-${each.distribution}`}
                type="checkbox"
                className="size-4 shrink-0 accent-primary"
                checked={!left.has(each.line)}
                onChange={() => toggle(each.line)}
              />
              <span className="font-mono text-[13px] font-medium">{each.line}</span>
            </label>
            <p className="ps-7 text-[13px] text-fg2">{why(each)}</p>
          </li>
        ))}
      </ul>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onDone}>{t`Not now`}</Button>
        <Button type="submit" kind="primary" busy={begin.isPending} disabled={chosen.length === 0}>
          {plural(chosen.length, { one: "Install 1 package", other: "Install # packages" })}
        </Button>
      </div>
    </form>
  );
}

/** "import sklearn in Notes, cell 3; known for sure" */
function why(each: Needed): string {
  const [place] = each.cells;
  const where =
    place === undefined
      ? ""
      : t` in ${place.file}${place.number === null ? t`, line ${place.line}` : t`, cell ${place.number}`}`;
  const more = each.cells.length > 1 ? t` and ${each.cells.length - 1} more` : "";
  const what = each.import === null ? t`An install line` : t`import ${each.import}`;
  return `${what}${where}${more} · ${sureness(each.confidence)}`;
}
