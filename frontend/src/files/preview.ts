/** How a file is shown, by its name. Pure. */
import { endingOf } from "./names";

export type PreviewKind = "text" | "image" | "table" | "parquet" | "markdown" | "pdf" | "notebook" | "none";

const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "svg"]);
const NO_TEXT = new Set(
  (
    "zip gz tar bz2 xz 7z zst whl egg jar exe so dll dylib o a pyc pkl pickle joblib npy npz h5 hdf5 nc feather arrow " +
    "avro orc xlsx xls docx doc pptx ppt odt ods mp3 mp4 m4a wav flac ogg webm mov avi mkv bmp tif tiff ico heic psd db sqlite " +
    "sqlite3 duckdb woff woff2 ttf otf bin dat pt pth onnx safetensors"
  ).split(" "),
);

/** Whether the server unpacks such a file. */
export const isArchive = (name: string): boolean => /.\.(zip|tar|tar\.(gz|bz2|xz)|tgz|tbz2|txz)$/i.test(name);

/** Whether such a file is one for the editor. */
export const isText = (name: string): boolean => ["text", "markdown", "table"].includes(previewOf(name));

export function previewOf(name: string): PreviewKind {
  const ending = endingOf(name);
  if (IMAGES.has(ending)) return "image";
  if (ending === "csv" || ending === "tsv") return "table";
  if (ending === "parquet") return "parquet";
  if (ending === "md" || ending === "markdown") return "markdown";
  if (ending === "pdf") return "pdf";
  if (ending === "ipynb") return "notebook";
  return NO_TEXT.has(ending) ? "none" : "text";
}

/** A part of a text file as text; null where it is no text. A character that was cut in two at the end is dropped. */
export function decoded(bytes: Uint8Array, isCut: boolean): string | null {
  if (bytes.includes(0)) return null;
  for (let dropped = 0; dropped <= (isCut ? 3 : 0); dropped += 1) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytes.length - dropped));
    } catch {
      // Perhaps only the last character is not whole.
    }
  }
  return new TextDecoder("latin1").decode(bytes);
}
