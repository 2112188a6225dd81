/** Puts pictures into text cells: to the server first, then into the text, as one step of undo. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { CellCopy } from "../../cells/actions";
import type { Clipping } from "../../cells/clipboard";
import { ATTACHMENTS, picturesIn } from "../../model/cells";
import { blobUrl } from "../../outputs";
import { base64Of } from "../../wire/base64";
import { ApiError, reasonOf, request, type Schemas } from "../../wire/http";
import type { NotebookSession } from "./session";

const MOST_BYTES = 10 * 1024 * 1024;
const SLOW_MS = 1000;

/** Add pictures to a cell; `at` counts characters. Whatever fails is said, and the others go on. */
export async function addPictures(
  session: NotebookSession,
  cell: string,
  files: readonly File[],
  at: number,
  { failed, message }: { failed: (text: string) => void; message: (text: string) => void },
): Promise<void> {
  const text = session.textOf(cell);
  if (text === null) return;
  // Others may write before it meanwhile.
  const place = Y.createRelativePositionFromTypeIndex(text, at);
  for (const file of files) {
    if (file.size > MOST_BYTES) {
      failed(t`${file.name} is larger than 10 MiB. Make it smaller, or add it to the project's files.`);
      continue;
    }
    const slow = setTimeout(() => message(t`Uploading ${file.name}…`), SLOW_MS);
    try {
      const picture = await upload(session.notebook, await base64Of(file));
      const { doc, actions } = session.cells.get();
      const now = Y.createAbsolutePositionFromRelativePosition(place, doc)?.index;
      actions.addPicture(cell, now ?? session.textOf(cell)?.length ?? 0, nameOf(file), picture);
      session.announcer.say(t`Picture added`);
    } catch (error) {
      failed(error instanceof ApiError ? error.reason : t`The picture could not be added. Try again.`);
    } finally {
      clearTimeout(slow);
    }
  }
}

const upload = (notebook: string, content: string): Promise<Schemas["Picture"]> =>
  request("POST", `/api/notebooks/${encodeURIComponent(notebook)}/pictures`, { content });

/** Copied cells as `notebook` can take them: pictures of their texts that it may not have are uploaded first. */
export async function adoptPictures(
  notebook: string,
  clipping: Clipping,
  { failed, message }: { failed: (text: string) => void; message: (text: string) => void },
): Promise<readonly CellCopy[]> {
  const isStranger = clipping.notebook !== notebook;
  const adopt = async (copy: CellCopy): Promise<CellCopy> => {
    const pictures = isStranger ? await picturesOf(copy, clipping.notebook) : [];
    if (pictures.length === 0) return copy;
    const kept: Record<string, unknown> = {};
    for (const [name, content] of pictures) {
      const { mime, ...blob } = await upload(notebook, content);
      kept[name] = { [mime]: blob };
    }
    return { ...copy, meta: { ...copy.meta, [ATTACHMENTS]: JSON.stringify(kept) } };
  };
  const slow = setTimeout(() => message(t`Copying the pictures…`), SLOW_MS);
  try {
    return await Promise.all(clipping.cells.map(adopt));
  } catch (error) {
    failed(t`The pictures of the copied cells could not be copied. ${reasonOf(error)}`);
    return clipping.cells.map(({ meta, ...copy }) => ({
      ...copy,
      meta: Object.fromEntries(Object.entries(meta).filter(([key]) => key !== ATTACHMENTS)),
    }));
  } finally {
    clearTimeout(slow);
  }
}

/** Names and base64 of the pictures in a copied text: another program's, or those of another notebook. */
async function picturesOf(copy: CellCopy, notebook: string | null): Promise<[name: string, content: string][]> {
  const found = Object.entries(copy.attachments ?? {}).flatMap(([name, bundle]): [string, string][] => {
    const picture = Object.entries(bundle ?? {}).find(([mime]) => mime.startsWith("image/"))?.[1] as unknown;
    return typeof picture === "string" ? [[name, picture]] : [];
  });
  if (notebook === null) return found;
  for (const [name, sha256] of picturesIn(copy.meta[ATTACHMENTS])) {
    const response = await fetch(blobUrl(notebook, sha256));
    if (response.ok) found.push([name, await base64Of(new File([await response.blob()], name))]);
  }
  return found;
}

/** A name that needs no quoting in Markdown. */
const nameOf = (file: File): string => file.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "picture.png";
