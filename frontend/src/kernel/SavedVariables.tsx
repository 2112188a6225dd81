import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Archive, ChevronDown, RotateCcw, Trash2 } from "lucide-react";
import { memo, useId, useState } from "react";
import { variablesText } from "../model/alive";
import type { RuntimeIndex } from "../model/index";
import { isAtRest, machineName, type Kernel, type SavedOffer } from "../model/kernel";
import { momentText, sizeText } from "../model/time";
import { Button } from "../ui/Button";
import { useNow } from "../ui/Time";
import { hardwareQuery, savedQuery } from "../wire/queries";
import { useKernel } from "./useKernel";
import "./alive.css";

export interface SavedVariablesProps {
  notebook: string;
  runtime: RuntimeIndex;
  canRun: boolean;
  canChange: boolean;
  blocked: boolean;
  onRestore: (saved: string) => void;
  onForget: (saved: string) => void;
  /** Starts the kernel on the machine where the variables were saved, and restores them. */
  onGoBack: (hardware: string) => void;
}

/** Variables of an earlier kernel: how many, from when, what could not be kept, and the way back. */
export const SavedVariables = memo(function SavedVariables(props: SavedVariablesProps) {
  const kernel = useKernel(props.runtime);
  const now = useNow();
  const { saved } = kernel;
  if (saved === null || !isOffered(kernel)) return null;
  const calm = isAtRest(kernel);
  return (
    <section aria-label={t`Saved variables`} className="saved-card">
      <Archive size={18} aria-hidden className="saved-icon" />
      <div className="min-w-0 flex-1">
        {calm && <p className="saved-title">{kernel.death?.reason}</p>}
        <p className={calm ? "text-fg2" : "saved-title"}>
          <Trans>
            {variablesText(saved.kept)} from {momentText(saved.at, now)} can be restored
            {saved.lost > 0 ? t`; ${saved.lost} could not be kept` : ""}.{" "}
            <span className="text-fg3 figures">{sizeText(saved.bytes)}</span>
          </Trans>
        </p>
        <Details notebook={props.notebook} saved={saved} />
      </div>
      {props.canRun && <Actions {...props} kernel={kernel} saved={saved} />}
    </section>
  );
});

/** While the kernel that gets them is on its way, nobody needs to be asked. */
function isOffered(kernel: Kernel): boolean {
  return !["saving", "stopping", "starting", "restoring", "restarting"].includes(kernel.state);
}

function Actions(props: SavedVariablesProps & { kernel: Kernel; saved: SavedOffer }) {
  const { kernel, saved, notebook, blocked, canChange } = props;
  const machines = useQuery(hardwareQuery(notebook));
  const failed = kernel.state === "dead" && kernel.death?.cause === "start_failed";
  const wasElsewhere = saved.hardware !== "" && saved.hardware !== kernel.hardware;
  const before = machines.data?.items.find((each) => each.id === saved.hardware)?.label ?? machineName(saved.hardware);
  return (
    <div className="saved-actions">
      {failed && wasElsewhere && canChange ? (
        <Button size="small" icon={RotateCcw} disabled={blocked} onClick={() => props.onGoBack(saved.hardware)}>
          {t`Go back to ${before}`}
        </Button>
      ) : (
        <Button
          size="small"
          icon={RotateCcw}
          disabled={blocked || kernel.state === "busy" || kernel.state === "reconnecting"}
          onClick={() => props.onRestore(saved.id)}
        >{t`Restore`}</Button>
      )}
      <Button
        size="small"
        kind="ghost"
        icon={Trash2}
        disabled={blocked}
        onClick={() => props.onForget(saved.id)}
      >{t`Discard`}</Button>
    </div>
  );
}

function Details({ notebook, saved }: { notebook: string; saved: SavedOffer }) {
  const [isOpen, setIsOpen] = useState(false);
  const list = useId();
  const sets = useQuery({ ...savedQuery(notebook, saved.id), enabled: isOpen });
  const found = sets.data?.find((each) => each.id === saved.id);
  return (
    <>
      <button
        type="button"
        className="saved-more"
        aria-expanded={isOpen}
        aria-controls={isOpen ? list : undefined}
        onClick={() => setIsOpen((was) => !was)}
      >
        {t`Details`}
        <ChevronDown size={14} aria-hidden />
      </button>
      {isOpen && (
        <div id={list} className="saved-list">
          {found === undefined ? (
            <p className="text-fg3">{sets.isError ? t`The list could not be read.` : t`Reading the list…`}</p>
          ) : (
            <>
              <Names title={t`Kept`} rows={found.kept.map((each) => [each.name, each.type, sizeText(each.size)])} />
              <Names title={t`Could not be kept`} rows={found.lost.map((each) => [each.name, each.type, each.why])} />
            </>
          )}
        </div>
      )}
    </>
  );
}

function Names({ title, rows }: { title: string; rows: (readonly [string, string, string])[] }) {
  if (rows.length === 0) return null;
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([name, type, note]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{type}</td>
            <td className="figures">{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
