/** One cell in full: long text, a nested value as a tree, a picture. */
import { t } from "@lingui/core/macro";
import { Copy } from "lucide-react";
import { useMemo, type ReactElement } from "react";
import { Button } from "../ui/Button";
import { copyText } from "../ui/copyText";
import { Dialog } from "../ui/Dialog";
import { JsonTree } from "../ui/JsonTree";
import { toast, toastError } from "../ui/Toast";
import { readPicture, type Cell, type Column } from "./bundle";
import { charactersText, grouped, wordOf } from "./format";
import { KindIcon } from "./KindIcon";

/** A whole value, as the kernel gives it. */
export interface WholeValue {
  readonly text: string;
  /** How many characters the value has; more than `text` where that is cut. */
  readonly length: number;
  readonly json?: unknown;
  /** An address of a picture. */
  readonly picture?: string;
}

export interface Inspected {
  /** What the table calls the row. */
  readonly row: string;
  readonly column: Column;
  readonly cell: Cell | undefined;
  /** A small picture of it, if it is one; the whole comes later. */
  readonly thumbnail: string | null;
  /** Null while it is on its way; what is stored shows meanwhile. */
  readonly whole: WholeValue | null;
  /** Why there is no more than what is stored. */
  readonly problem: string | null;
}

export function Inspector({ inspected, onClose }: { inspected: Inspected; onClose: () => void }): ReactElement {
  const { column, row, cell, thumbnail, whole, problem } = inspected;
  const stored = cell === undefined || typeof cell === "number" ? "" : typeof cell === "string" ? cell : cell[0];
  const word = wordOf(cell);
  const text = word ?? whole?.text ?? stored;
  const length = whole?.length ?? (Array.isArray(cell) ? (cell as readonly [string, number])[1] : stored.length);
  const json = useMemo<unknown>(() => {
    if (whole?.json !== undefined) return whole.json;
    if (column.kind !== "nested" && !/^\s*[[{]/.test(text)) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }, [whole, column.kind, text]);
  const copy = (): void => {
    void copyText(text).then((done) => {
      if (done) toast(t`Value copied`);
      else toastError(t`The browser did not allow copying. Select the text and copy it.`);
    });
  };
  const picture = readPicture(whole?.picture) ?? thumbnail;
  const isTree = typeof json === "object" && json !== null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="medium"
      title={
        <span className="fr-inspect-title">
          <KindIcon kind={column.kind} />
          <bdi>{column.name === "" ? t`Value` : column.name}</bdi>
        </span>
      }
      description={
        word === null
          ? t`Row ${row} · ${column.type} · ${picture === null ? charactersText(length) : stored}`
          : t`Row ${row} · ${column.type}`
      }
      footer={<Button icon={Copy} onClick={copy}>{t`Copy`}</Button>}
    >
      {picture !== null && (
        <img className="fr-inspect-picture" src={picture} alt={t`${column.name}, row ${row}: ${stored}`} />
      )}
      {picture !== null ? null : isTree ? (
        <div className="fr-inspect-tree">
          <JsonTree value={json} />
        </div>
      ) : (
        <pre className="fr-inspect-text" tabIndex={0} dir="auto">
          {word !== null || text === "" ? <span className="fr-empty">{word ?? t`empty text`}</span> : text}
        </pre>
      )}
      {word === null && text.length < length && !isTree && picture === null && (
        <p className="fr-note">
          {problem ?? t`The first ${grouped(String(text.length))} of ${charactersText(length)}.`}
        </p>
      )}
    </Dialog>
  );
}
