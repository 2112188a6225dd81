import { plural, t } from "@lingui/core/macro";
import { CircleAlert, CircleCheck, Wrench } from "lucide-react";
import { useRef } from "react";
import { useLocation } from "wouter";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import type { Schemas } from "../../wire/http";
import type { Imported } from "./importFile";

/** What came of an upload that did not go through unchanged: repairs in words, and what was refused and why. */
export function ImportReport({ results, onClose }: { results: readonly Imported[]; onClose: () => void }) {
  const [, navigate] = useLocation();
  const open = useRef<HTMLButtonElement>(null);
  const [first, ...others] = results.flatMap((result) => result.made);
  return (
    <Dialog
      open={results.length > 0}
      onOpenChange={onClose}
      title={title(results)}
      size="medium"
      initialFocus={open}
      footer={
        <>
          <Button onClick={onClose}>{t`Close`}</Button>
          {first !== undefined && others.length === 0 && (
            <Button ref={open} kind="primary" onClick={() => navigate(`/n/${first.id}`)}>{t`Open notebook`}</Button>
          )}
        </>
      }
    >
      <ul className="space-y-4">
        {results.map((result, index) => (
          <li key={index} className="flex gap-2.5">
            <Mark result={result} />
            <div className="min-w-0">
              <div className="font-medium break-words">{result.file}</div>
              {result.refusal !== null && <p className="text-fg2">{result.refusal}</p>}
              {result.made.map((made) => (
                <div key={made.id}>
                  {result.made.length > 1 && <p className="break-words">{made.name}</p>}
                  {isUnchanged(made) && <p className="text-fg2">{t`Uploaded unchanged.`}</p>}
                  {!isUnchanged(made) && (
                    <ul className="mt-0.5 list-disc space-y-0.5 ps-4 text-fg2 marker:text-fg3">
                      {made.repairs.map((repair, number) => (
                        <li key={number}>{repair.reason}</li>
                      ))}
                    </ul>
                  )}
                </div>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Whether a notebook is what its file held, without a repair. */
export function isUnchanged(made: Schemas["MadeNotebook"]): boolean {
  return made.repairs.length === 0;
}

function Mark({ result }: { result: Imported }) {
  if (result.refusal !== null)
    return <CircleAlert size={16} aria-label={t`Refused`} className="mt-0.5 shrink-0 text-err" />;
  if (!result.made.every(isUnchanged))
    return <Wrench size={16} aria-label={t`Changed`} className="mt-0.5 shrink-0 text-warn" />;
  return <CircleCheck size={16} aria-label={t`Uploaded`} className="mt-0.5 shrink-0 text-ok" />;
}

function title(results: readonly Imported[]): string {
  const refused = results.filter((result) => result.refusal !== null).length;
  if (refused === results.length && refused > 0)
    return plural(refused, { one: "The file was not uploaded", other: "No file was uploaded" });
  return refused > 0 ? t`Some files were not uploaded` : t`Uploaded, with changes`;
}
