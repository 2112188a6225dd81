import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { FilePlus, ListChecks, PackagePlus } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { AskFor } from "./AskFor";
import { Review } from "./Review";
import { requirementsQuery, useDeclare } from "./useEnvironment";
import { listed } from "./words";

/** In a notebook's left panel: what is imported here and cannot be found, quietly. */
export function MissingCard({
  project,
  mayChange,
  mayEdit,
}: {
  project: string;
  mayChange: boolean;
  mayEdit: boolean;
}) {
  const [isOpened, setIsOpened] = useState(false);
  const requirements = useQuery(requirementsQuery(project));
  const missing = requirements.data?.missing ?? [];
  const declare = useDeclare(project);
  if (missing.length === 0) return null;
  const declared = new Set((requirements.data?.declared ?? []).map((each) => each.name));
  const undeclared = missing.filter((each) => !declared.has(each.distribution)).map((each) => each.line);
  const names = listed(missing.map((each) => each.import ?? each.distribution));
  return (
    <section
      aria-label={t`Missing packages`}
      className="mx-2 mb-2 shrink-0 rounded-card border border-warn-line bg-warn-bg p-3"
    >
      <p className="font-medium">{plural(missing.length, { one: "# missing package", other: "# missing packages" })}</p>
      <p className="mt-0.5 text-[13px] break-words text-fg2">
        {plural(missing.length, {
          one: `${names} is imported here and not installed.`,
          other: `${names} are imported here and not installed.`,
        })}
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        {!mayChange && <AskFor project={project} lines={missing.map((each) => each.line)} />}
        {!mayChange && mayEdit && undeclared.length > 0 && (
          <Button
            size="small"
            icon={FilePlus}
            busy={declare.isPending}
            onClick={() => declare.mutate(undeclared)}
          >{t`Add to requirements.txt`}</Button>
        )}
        <Button size="small" icon={mayChange ? PackagePlus : ListChecks} onClick={() => setIsOpened(true)}>
          {mayChange ? t`Review and install` : t`See why`}
        </Button>
      </div>
      <Dialog
        open={isOpened}
        onOpenChange={setIsOpened}
        size="medium"
        title={mayChange ? t`Install missing packages` : t`Missing packages`}
        description={
          mayChange
            ? t`Each is installed for everybody in the project and written into requirements.txt.`
            : t`Somebody who may change the environment can install what you ask for.`
        }
      >
        <Review
          project={project}
          needed={missing}
          mayChange={mayChange}
          action={(count) => plural(count, { one: "Install 1 package", other: "Install # packages" })}
          onDone={() => setIsOpened(false)}
        />
      </Dialog>
    </section>
  );
}
