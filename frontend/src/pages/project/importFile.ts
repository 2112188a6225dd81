/** Reading notebook files that a person chose or dropped. */
import { t } from "@lingui/core/macro";
import { api } from "../../wire/api";
import { reasonOf, type Schemas } from "../../wire/http";

export interface Imported {
  file: string;
  /** The notebooks made, each with what was changed on the way; none when it was refused. */
  made: readonly Schemas["MadeNotebook"][];
  refusal: string | null;
}

/** How far an upload is: `share` of this file's bytes have left, and 1 means that the server reads it. */
export interface Upload {
  file: string;
  number: number;
  of: number;
  share: number;
}

/** The size above which nothing is sent; the server's own limit is the same unless its admin set another. */
const MOST_BYTES = 64 * 1024 * 1024;

/** How the names of files end that notebooks can be made of; the server reads the same. */
export const ENDINGS = [".ipynb", ".json", ".py", ".deepnote"];

/** Imports one file after another, in the given order; a refused one does not stop the rest. */
export async function importFiles(
  project: string,
  files: readonly File[],
  onProgress: (upload: Upload) => void = () => undefined,
  make: typeof api.importFile = api.importFile,
): Promise<Imported[]> {
  const results: Imported[] = [];
  for (const [index, file] of files.entries()) {
    const tell = (share: number): void => onProgress({ file: file.name, number: index + 1, of: files.length, share });
    tell(0);
    results.push(await importFile(project, file, tell, make));
  }
  return results;
}

async function importFile(
  project: string,
  file: File,
  tell: (share: number) => void,
  make: typeof api.importFile,
): Promise<Imported> {
  const refused = (refusal: string): Imported => ({ file: file.name, made: [], refusal });
  if (!ENDINGS.some((ending) => file.name.toLowerCase().endsWith(ending)))
    return refused(t`This is no file of a notebook; choose one that ends in .ipynb, .py or .deepnote.`);
  if (file.size > MOST_BYTES)
    return refused(t`The file is larger than 64 MiB. Clear its outputs, then import it again.`);
  try {
    const made = await make(project, { file_name: file.name, file_text: await file.text() }, tell);
    return { file: file.name, made: made.items, refusal: null };
  } catch (error) {
    return refused(reasonOf(error));
  }
}
