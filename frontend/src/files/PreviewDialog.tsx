import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Download, FilePenLine, NotebookText } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { partOnDemand } from "../ui/onDemand";
import { Spinner } from "../ui/Spinner";
import { Time } from "../ui/Time";
import { fileAddress } from "../wire/api";
import { reasonOf, refusal, type FileEntry } from "../wire/http";
import { tableOf } from "./csv";
import type { DrawTable } from "./FilesView";
import { sizeText } from "../model/sizes";
import { editorAddress, endingOf, readable } from "./names";
import { decoded, isText, previewOf } from "./preview";

const spinning = () => <Spinner />;
const ParquetTable = partOnDemand(async () => (await import("./ParquetTable")).ParquetTable, spinning);
const PdfPages = partOnDemand(async () => (await import("./PdfPages")).PdfPages, spinning);
const Prose = partOnDemand(
  async () => (await import("../ui/prose/Prose")).Prose,
  ({ text }) => <pre>{text}</pre>,
);

const TEXT_BYTES = 512 * 1024;
const TABLE_BYTES = 4 * 1024 * 1024;
const TABLE_ROWS = 5000;
const PICTURE_BYTES = 50 * 1024 * 1024;

export interface PreviewProps {
  project: string;
  entry: FileEntry;
  mayWrite: boolean;
  mayImport: boolean;
  drawTable: DrawTable;
  onImport: () => void;
  onClose: () => void;
}

/** A look at one file, with the way to have it. */
export function PreviewDialog({ project, entry, mayWrite, mayImport, drawTable, onImport, onClose }: PreviewProps) {
  const address = fileAddress(project, entry.address);
  const kind = entry.kind === "file" ? previewOf(entry.name) : "none";
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title={readable(entry.name)}
      description={
        <>
          {t`${sizeText(entry.size)}, changed`} <Time at={entry.changed_at} />
        </>
      }
      footer={
        <>
          {kind === "notebook" && mayImport && (
            <Button
              icon={NotebookText}
              onClick={() => {
                onClose();
                onImport();
              }}
            >{t`Import as notebook`}</Button>
          )}
          {entry.kind === "file" && isText(entry.name) && (
            <Link href={editorAddress(project, entry.address)} className="file-download">
              <FilePenLine size={16} aria-hidden />
              {mayWrite ? t`Edit` : t`Open in the editor`}
            </Link>
          )}
          {entry.kind === "file" && (
            <a href={address} download={entry.name} className="file-download">
              <Download size={16} aria-hidden />
              {t`Download`}
            </a>
          )}
        </>
      }
    >
      <div className="file-preview" role="group" aria-label={t`Content`} tabIndex={0}>
        {entry.kind !== "file" ? (
          <Nothing>{t`This is a link, a pipe or a device. The server opens plain files only; a cell can look at it.`}</Nothing>
        ) : kind === "image" ? (
          <Picture address={address} entry={entry} />
        ) : kind === "notebook" ? (
          <Nothing>{t`A notebook file. ${mayImport ? t`Import it to read and run it.` : t`Download it to read it.`}`}</Nothing>
        ) : kind === "parquet" ? (
          <ParquetTable address={address} entry={entry} drawTable={drawTable} />
        ) : kind === "pdf" ? (
          <PdfPages address={address} entry={entry} />
        ) : kind === "none" ? (
          <Nothing>{t`Files of this kind are not shown here. Download it, or read it in a cell.`}</Nothing>
        ) : (
          <Content address={address} entry={entry} kind={kind} drawTable={drawTable} />
        )}
      </div>
    </Dialog>
  );
}

const Nothing = ({ children }: { children: React.ReactNode }) => (
  <p className="py-8 text-center text-fg2">{children}</p>
);

function Content({
  address,
  entry,
  kind,
  drawTable,
}: {
  address: string;
  entry: FileEntry;
  kind: "text" | "table" | "markdown";
  drawTable: DrawTable;
}) {
  const most = kind === "table" ? TABLE_BYTES : TEXT_BYTES;
  const isCut = entry.size > most;
  const read = useQuery({
    queryKey: ["file", address, entry.etag],
    queryFn: async ({ signal }) =>
      new Uint8Array(await (await fetchPart(address, most, entry.size, signal)).arrayBuffer()),
    gcTime: 0,
    retry: false,
  });
  const text = useMemo(() => (read.data === undefined ? undefined : decoded(read.data, isCut)), [read.data, isCut]);
  const table = useMemo(
    () =>
      kind === "table" && typeof text === "string"
        ? tableOf(text, TABLE_ROWS, isCut, endingOf(entry.name) === "tsv" ? "\t" : undefined)
        : null,
    [kind, text, isCut, entry.name],
  );
  if (read.isError) return <p className="text-err">{reasonOf(read.error)}</p>;
  if (text === undefined) return <Spinner />;
  if (text === null) return <Nothing>{t`This file holds no text. Download it, or read it in a cell.`}</Nothing>;
  const plain = <pre>{text}</pre>;
  return (
    <>
      {isCut && (
        <p className="mb-2 text-[13px] text-fg2">{t`The first ${sizeText(most)} of ${sizeText(entry.size)}.`}</p>
      )}
      {table !== null ? drawTable(table, readable(entry.name)) : kind === "markdown" ? <Prose text={text} /> : plain}
    </>
  );
}

async function fetchPart(address: string, most: number, size: number, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(address, { signal, headers: size > most ? { Range: `bytes=0-${most - 1}` } : {} });
  if (!answer.ok) throw refusal(answer.status, await answer.text());
  return answer;
}

/** A picture. SVG comes by a detour: in an image its scripts do not run, and the server calls it no picture. */
function Picture({ address, entry }: { address: string; entry: FileEntry }) {
  const isSvg = endingOf(entry.name) === "svg";
  const [source, setSource] = useState<string | null>(
    isSvg ? null : `${address}?etag=${encodeURIComponent(entry.etag)}`,
  );
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!isSvg) return undefined;
    const stop = new AbortController();
    let url: string | null = null;
    void fetchPart(address, PICTURE_BYTES, 0, stop.signal)
      .then(async (answer) => {
        url = URL.createObjectURL(new Blob([await answer.text()], { type: "image/svg+xml" }));
        setSource(url);
      })
      .catch(() => setFailed(!stop.signal.aborted));
    return () => {
      stop.abort();
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [address, isSvg]);
  if (entry.size > PICTURE_BYTES) return <Nothing>{t`The picture is too large to be shown. Download it.`}</Nothing>;
  if (failed) return <Nothing>{t`This is no picture that the browser can show. Download it.`}</Nothing>;
  if (source === null) return <Spinner />;
  return <img src={source} alt={readable(entry.name)} onError={() => setFailed(true)} />;
}
