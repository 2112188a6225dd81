/** The first rows of a Parquet file as a table, read in the browser: no code of the server ever parses one. */

import { gunzipSync } from "fflate";
import { decompress } from "fzstd";
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  toJson,
  type AsyncBuffer,
  type Compressors,
} from "hyparquet";
import { MOST_COLUMNS, storedTable } from "./csv";
import { unpackLz4 } from "./lz4";

const ROWS = 200;
const MOST_BYTES = 32 * 1024 * 1024;

/** Why a file is not shown. */
export class NotShown extends Error {}

const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  ZSTD: (input) => decompress(input),
  LZ4: unpackLz4,
  LZ4_RAW: unpackLz4,
};

/** What to say of a file that is not shown. */
export interface Words {
  readonly tooLarge: string;
  readonly packed: (codec: string) => string;
}

type Element = ReturnType<typeof parquetSchema>["element"];

export async function parquetTable(file: AsyncBuffer, words: Words): Promise<unknown> {
  const metadata = await parquetMetadataAsync(file);
  const fields = parquetSchema(metadata).children.slice(0, MOST_COLUMNS);
  const columns: string[] = [];
  let bytes = 0;
  for (const { element } of fields) {
    bytes += sizeOf(metadata.row_groups[0]?.columns ?? [], element.name);
    if (bytes > MOST_BYTES) break;
    columns.push(element.name);
  }
  if (columns.length === 0 && fields.length > 0) throw new NotShown(words.tooLarge);
  const codecs = (metadata.row_groups[0]?.columns ?? []).map((chunk) => chunk.meta_data?.codec ?? "UNCOMPRESSED");
  const strange = codecs.find((codec) => codec !== "UNCOMPRESSED" && codec !== "SNAPPY" && !(codec in COMPRESSORS));
  if (strange !== undefined) throw new NotShown(words.packed(strange));
  const total = Number(metadata.num_rows);
  const rows = await parquetReadObjects({
    file,
    metadata,
    columns,
    rowStart: 0,
    rowEnd: Math.min(ROWS, total),
    compressors: COMPRESSORS,
  });
  const types = fields.slice(0, columns.length).map(({ element }) => typeOf(element));
  const cells = columns.map((name) => rows.map((row) => textOf(row[name])));
  return storedTable(columns, cells, rows.length < total ? null : total, "Parquet", types);
}

interface Chunk {
  readonly meta_data?:
    { readonly path_in_schema: readonly string[]; readonly total_compressed_size: bigint } | undefined;
}

const sizeOf = (chunks: readonly Chunk[], name: string): number =>
  chunks.reduce(
    (sum, { meta_data: of }) => sum + (of?.path_in_schema[0] === name ? Number(of.total_compressed_size) : 0),
    0,
  );

function typeOf(element: Element): { kind: string; type: string } {
  const logical = element.logical_type?.type ?? element.converted_type;
  const type = (logical ?? element.type ?? "nested").toLowerCase();
  if (logical === "DATE") return { kind: "date", type };
  if (element.type === "INT96" || /^TIMESTAMP/.test(logical ?? "")) return { kind: "datetime", type };
  if (element.type === "BOOLEAN") return { kind: "boolean", type };
  if (logical === "DECIMAL" || element.type === "FLOAT" || element.type === "DOUBLE") return { kind: "number", type };
  if (element.type === "INT32" || element.type === "INT64") return { kind: "integer", type };
  return { kind: "text", type };
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "" : value.toISOString().replace(/T00:00:00\.000Z$/, "");
  if (typeof value === "object") return JSON.stringify(toJson(value));
  return `${value as string | number | bigint | boolean}`;
}
