import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from "pdfjs-dist";
import workerAddress from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { useEffect, useRef } from "react";
import { Spinner } from "../ui/Spinner";
import { refusal, type FileEntry } from "../wire/http";

GlobalWorkerOptions.workerSrc = workerAddress;

const MOST_BYTES = 50 * 1024 * 1024;
const MOST_PAGES = 30;
const WIDTH_PX = 1000;

/** The pages of a PDF as pictures: nothing in the file runs, and no link of it works. */
export function PdfPages({ address, entry }: { address: string; entry: FileEntry }) {
  const isLarge = entry.size > MOST_BYTES;
  const read = useQuery({
    queryKey: ["file", address, entry.etag, "pdf"],
    queryFn: async ({ signal }) => {
      const answer = await fetch(address, { signal });
      if (!answer.ok) throw refusal(answer.status, await answer.text());
      const data = new Uint8Array(await answer.arrayBuffer());
      return getDocument({ data, isEvalSupported: false, enableXfa: false, useWasm: false }).promise;
    },
    enabled: !isLarge,
    gcTime: 0,
    retry: false,
  });
  useEffect(() => () => void read.data?.destroy(), [read.data]);
  if (isLarge) return <Said>{t`The PDF is too large to be shown here. Download it.`}</Said>;
  if (read.isError)
    return <Said>{t`This PDF cannot be shown: it is damaged, or asks for a password. Download it.`}</Said>;
  if (read.data === undefined) return <Spinner />;
  const count = read.data.numPages;
  const shown = Math.min(count, MOST_PAGES);
  return (
    <div className="pdf-pages">
      {shown < count && <p>{t`The first ${shown} of ${plural(count, { one: "# page", other: "# pages" })}.`}</p>}
      {Array.from({ length: shown }, (_, index) => (
        <PdfPage key={index} file={read.data} number={index + 1} count={count} />
      ))}
    </div>
  );
}

const Said = ({ children }: { children: string }) => <p className="py-8 text-center text-fg2">{children}</p>;

function PdfPage({ file, number, count }: { file: PDFDocumentProxy; number: number; count: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let stop = (): void => undefined;
    let isOver = false;
    void file.getPage(number).then((page) => {
      const element = canvas.current;
      if (isOver || element === null) return;
      const viewport = page.getViewport({ scale: WIDTH_PX / page.getViewport({ scale: 1 }).width });
      element.width = viewport.width;
      element.height = viewport.height;
      const drawing = page.render({ canvas: element, viewport });
      stop = () => drawing.cancel();
      drawing.promise.catch(() => undefined); // it was closed meanwhile
    });
    return () => {
      isOver = true;
      stop();
    };
  }, [file, number]);
  return (
    <div role="img" aria-label={t`Page ${number} of ${count}`}>
      <canvas ref={canvas} />
    </div>
  );
}
