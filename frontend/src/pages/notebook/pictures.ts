/** Puts pictures into text cells: to the server first, then into the text, as one step of undo. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import { base64Of } from "../../wire/base64";
import { request, type Schemas } from "../../wire/http";
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
      const address = `/api/notebooks/${encodeURIComponent(session.notebook)}/pictures`;
      const picture = await request<Schemas["Picture"]>("POST", address, { content: await base64Of(file) });
      const { doc, actions } = session.cells.get();
      const now = Y.createAbsolutePositionFromRelativePosition(place, doc)?.index;
      actions.addPicture(cell, now ?? session.textOf(cell)?.length ?? 0, nameOf(file), picture);
      session.announcer.say(t`Picture added`);
    } catch (error) {
      failed(error instanceof Error ? error.message : t`The picture could not be added. Try again.`);
    } finally {
      clearTimeout(slow);
    }
  }
}

/** A name that needs no quoting in Markdown. */
const nameOf = (file: File): string => file.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "picture.png";
