import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Spinner } from "../ui/Spinner";
import { refusal, type FileEntry } from "../wire/http";
import type { DrawTable } from "./FilesView";
import { readable } from "./names";
import { NotShown, parquetTable } from "./parquet";

/** The first rows of a Parquet file; only the parts that hold them are fetched. */
export function ParquetTable({
  address,
  entry,
  drawTable,
}: {
  address: string;
  entry: FileEntry;
  drawTable: DrawTable;
}) {
  const read = useQuery({
    queryKey: ["file", address, entry.etag, "parquet"],
    queryFn: ({ signal }) =>
      parquetTable(
        {
          byteLength: entry.size,
          slice: async (start, end = entry.size) => {
            const headers = { Range: `bytes=${start}-${end - 1}`, "If-Range": entry.etag };
            const answer = await fetch(address, { signal, headers });
            if (answer.status !== 206) throw refusal(answer.status, await answer.text());
            return answer.arrayBuffer();
          },
        },
        {
          tooLarge: t`Its columns are too large to be shown here. Download the file, or read it in a cell.`,
          packed: (codec) =>
            t`This Parquet file is compressed with ${codec}, which no browser unpacks. Read it in a cell: pd.read_parquet(${JSON.stringify(entry.path)})`,
        },
      ),
    gcTime: 0,
    retry: false,
  });
  if (read.isError) {
    const words =
      read.error instanceof NotShown
        ? read.error.message
        : t`This Parquet file cannot be shown here: it is damaged, or written in a way that only a cell can read.`;
    return <p className="py-8 text-center text-fg2">{words}</p>;
  }
  return read.data === undefined ? <Spinner /> : drawTable(read.data, readable(entry.name));
}
