import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { FilePlus } from "lucide-react";
import { useState } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Review } from "./Review";
import { requirementsQuery } from "./useEnvironment";
import { unwritten } from "./words";

/** What is imported and requirements.txt does not say; what nobody knows and looks like something known. */
export function Imported({ project, mayChange }: { project: string; mayChange: boolean }) {
  const [isOpened, setIsOpened] = useState(false);
  const { data } = useQuery(requirementsQuery(project));
  if (data === undefined) return null;
  const needed = unwritten(data);
  const slips = data.unknown.filter((each) => each.looks_like !== null);
  const count = needed.length;
  return (
    <>
      {mayChange && count > 0 && (
        <Banner
          actions={
            <Button size="small" icon={FilePlus} onClick={() => setIsOpened(true)}>
              {t`Review`}
            </Button>
          }
        >
          {data.guess === null
            ? plural(count, {
                one: "# package is imported and not in requirements.txt.",
                other: "# packages are imported and not in requirements.txt.",
              })
            : plural(count, {
                one: "requirements.txt can be written from what is imported: # package.",
                other: "requirements.txt can be written from what is imported: # packages.",
              })}
        </Banner>
      )}
      {slips.length > 0 && (
        <Banner tone="warn">
          {slips.map((each) => (
            <p key={each.import}>
              <Trans>
                <span className="font-mono text-[13px]">{each.import}</span> is no known package. Is{" "}
                <span className="font-mono text-[13px]">{each.looks_like}</span> meant?
              </Trans>
            </p>
          ))}
        </Banner>
      )}
      <Dialog
        open={isOpened}
        onOpenChange={setIsOpened}
        size="medium"
        title={data.guess === null ? t`Add to requirements.txt` : t`Write requirements.txt`}
        description={t`This is what the notebooks and files of the project import. What is not installed yet is installed for everybody.`}
      >
        <Review
          project={project}
          needed={needed}
          mayChange
          action={(lines) => plural(lines, { one: "Write 1 line", other: "Write # lines" })}
          onDone={() => setIsOpened(false)}
        />
      </Dialog>
    </>
  );
}
