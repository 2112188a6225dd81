/** Names and sizes of files as people read them, and paths as code. Pure. */
import { t } from "@lingui/core/macro";
import type { FileEntry } from "../wire/http";

// Control characters, direction marks and other characters that cannot be seen and could hide what a name is.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}]/gu;

/** A name with everything that cannot be seen written out, as "⟨U+202E⟩". */
export const readable = (name: string): string =>
  name.replace(UNSEEN, (c) => `⟨U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** The part after the last dot, in lower case; empty for ".env" and "README". */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

/** "data/a.csv" → "data". Works on addresses as on paths. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

export const joined = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** Whether one address is another, or lies below it. */
export const isWithin = (address: string, folder: string): boolean =>
  folder === "" || address === folder || address.startsWith(`${folder}/`);

/** Where a text file is edited. */
export const editorAddress = (project: string, address: string): string => `/p/${project}/files/${address}`;

export const addressOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** An address as text; null for a name that is no text. */
export function textOf(address: string): string | null {
  try {
    return decodeURIComponent(address);
  } catch {
    return null;
  }
}

/** "report.csv" → "report 2.csv", and on from there. */
export function nextName(name: string): string {
  const ending = endingOf(name);
  const stem = ending === "" ? name : name.slice(0, -ending.length - 1);
  const found = /^(.*) (\d+)$/.exec(stem);
  const numbered = found === null ? `${stem} 2` : `${found[1] ?? stem} ${Number(found[2]) + 1}`;
  return ending === "" ? numbered : `${numbered}.${name.slice(-ending.length)}`;
}

const READERS: Readonly<Record<string, string>> = {
  csv: "pd.read_csv(PATH)",
  tsv: 'pd.read_csv(PATH, sep="\\t")',
  parquet: "pd.read_parquet(PATH)",
  feather: "pd.read_feather(PATH)",
  json: "pd.read_json(PATH)",
  jsonl: "pd.read_json(PATH, lines=True)",
  xlsx: "pd.read_excel(PATH)",
  xls: "pd.read_excel(PATH)",
  pkl: "pd.read_pickle(PATH)",
  npy: "np.load(PATH)",
  npz: "np.load(PATH)",
  png: "Image.open(PATH)",
  jpg: "Image.open(PATH)",
  jpeg: "Image.open(PATH)",
};

/** How a cell reads the file; a notebook starts in the project's folder. */
export function codeFor(entry: Pick<FileEntry, "path" | "kind">): string {
  const path = JSON.stringify(entry.path);
  if (entry.kind === "folder") return `Path(${path})`;
  return (READERS[endingOf(entry.path)] ?? "open(PATH)").replace("PATH", () => path);
}

/** What a name that is typed for a file lacks; null when it can be taken. The server judges again. */
export function faultOf(name: string): string | null {
  if (name.trim() === "") return t`Write a name.`;
  if (/[/\\]/.test(name)) return t`A name holds no / and no \\.`;
  if (readable(name) !== name) return t`The name holds characters that cannot be seen.`;
  return null;
}

const NOTEBOOK_FILES = new Set(["ipynb", "py", "deepnote"]);

/** Whether notebooks can be made of a file of this name. */
export function isNotebookFile(name: string): boolean {
  return NOTEBOOK_FILES.has(endingOf(name));
}
