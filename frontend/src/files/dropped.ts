/** What somebody dropped: files, and what is in folders. */

import { useEffect, useRef, type RefObject } from "react";

export interface Dropped {
  files: { path: string; file: File }[];
  /** Folders without files in them. */
  empty: string[];
}

/** Reads a drop to its depths. Call it in the event: later the browser has forgotten what was dropped. */
export async function readDrop(transfer: DataTransfer): Promise<Dropped> {
  const found: Dropped = { files: [], empty: [] };
  const entries = [...transfer.items].flatMap((item) => (item.kind === "file" ? (item.webkitGetAsEntry() ?? []) : []));
  if (entries.length === 0) {
    return { files: [...transfer.files].map((file) => ({ path: file.name, file })), empty: [] };
  }
  for (const entry of entries) await take(entry, found);
  return found;
}

async function take(entry: FileSystemEntry, found: Dropped): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry instanceof FileSystemFileEntry || entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.files.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  let count = 0;
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    count += some.length;
    for (const each of some) await take(each, found);
  }
  if (count === 0) found.empty.push(path);
}

/** Takes files that are dropped anywhere in a box. The buttons do the same by keyboard. */
export function useDropTarget(
  box: RefObject<HTMLElement | null>,
  enabled: boolean,
  onDrop: (transfer: DataTransfer) => void,
): void {
  const take = useRef(onDrop);
  useEffect(() => {
    take.current = onDrop;
  });
  useEffect(() => {
    const element = box.current;
    if (!enabled || element === null) return undefined;
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      // The tree takes by itself what is dropped on it: it knows on which folder.
      if ((event.target as Element).closest('[role="tree"]') !== null) return;
      event.preventDefault();
      take.current(event.dataTransfer);
    };
    element.addEventListener("dragover", over);
    element.addEventListener("drop", drop);
    return () => {
      element.removeEventListener("dragover", over);
      element.removeEventListener("drop", drop);
    };
  }, [box, enabled]);
}
