/** What people do with files: each action asks the server, shows what became of it, and offers the way back. */
import { plural, t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { toast, toastError, toastUndo } from "../ui/Toast";
import { api, fileAddress } from "../wire/api";
import { sendFile } from "../wire/fileUpload";
import { reasonOf, type FileEntry } from "../wire/http";
import { deletedFilesQuery, notebooksQuery } from "../wire/queries";
import { addressOf, isWithin, joined, parentOf, readable, textOf } from "./names";
import { treeOf } from "./treeState";

export interface FileActions {
  beginRename: (entry: FileEntry) => void;
  rename: (entry: FileEntry, name: string | null) => void;
  /** Moves into a folder, by its address. */
  move: (entry: FileEntry, folder: string) => void;
  remove: (entry: FileEntry) => void;
  restore: (id: string) => void;
  newFolder: (folder: string) => void;
  newFile: (folder: string) => void;
  unpack: (entry: FileEntry) => void;
  importNotebook: (entry: FileEntry) => void;
  /** Opens the browser's own dialog for files that go into a folder. */
  choose: (folder: string) => void;
  askWhere: (entry: FileEntry) => void;
}

export function useFileActions(
  project: string,
  refresh: (folder?: string) => Promise<void>,
  ask: { choose: (folder: string) => void; where: (entry: FileEntry) => void; openNotebook: (id: string) => void },
): FileActions {
  const client = useQueryClient();
  const tree = treeOf(project);
  return useMemo(() => {
    const { focus, rename: setRenaming, open } = tree.getState();
    const doing = (work: Promise<unknown>, folder: string): void => {
      void work.catch((error: unknown) => toastError(reasonOf(error))).finally(() => void refresh(folder));
    };
    const inBin = (): void => void client.invalidateQueries({ queryKey: deletedFilesQuery(project).queryKey });
    const restore = (id: string): void =>
      doing(
        api.restoreFile(project, id).then((entry) => {
          toast(t`“${readable(entry.name)}” is back.`);
          focus(entry.address);
          inBin();
        }),
        "",
      );
    return {
      beginRename: (entry) => setRenaming(entry.address),
      rename: (entry, name) => {
        setRenaming(null);
        if (name === null) return;
        const changed = api.moveFile(project, entry.address, { name }).then((renamed) => focus(renamed.address));
        doing(changed, parentOf(entry.address));
      },
      move: (entry, folder) => {
        const above = textOf(folder);
        if (above === null || parentOf(entry.address) === folder || isWithin(folder, entry.address)) return;
        const moved = api.moveFile(project, entry.address, { path: joined(above, entry.name) }).then((there) => {
          open(folder);
          focus(there.address);
          toastUndo(t`“${readable(entry.name)}” is in ${above === "" ? t`the project's folder` : above}.`, () =>
            doing(api.moveFile(project, there.address, { path: entry.path }), ""),
          );
        });
        doing(moved, "");
      },
      remove: (entry) =>
        doing(
          api.deleteFile(project, entry.address).then((thrown) => {
            toastUndo(t`“${readable(entry.name)}” is in the bin.`, () => restore(thrown.id));
            inBin();
          }),
          parentOf(entry.address),
        ),
      restore,
      newFolder: (folder) => {
        const above = textOf(folder);
        if (above === null) return;
        const made = untaken(t`New folder`, "", (name) => api.makeFolder(project, joined(above, name))).then(
          async (entry) => {
            open(folder);
            await refresh(folder);
            setRenaming(entry.address);
          },
        );
        doing(made, folder);
      },
      newFile: (folder) => {
        const above = textOf(folder);
        if (above === null) return;
        const made = untaken(t`notes`, ".txt", (name) => makeFile(project, joined(above, name))).then(async (entry) => {
          open(folder);
          await refresh(folder);
          setRenaming(entry.address);
        });
        doing(made, folder);
      },
      unpack: (entry) => {
        const name = readable(entry.name);
        toast(t`“${name}” is being unpacked.`);
        const made = api.unpack(project, entry.address).then(({ folder, files }) => {
          const place = readable(folder.name);
          toast(plural(files, { one: `# file is in “${place}”.`, other: `# files are in “${place}”.` }));
          focus(folder.address);
        });
        doing(made, parentOf(entry.address));
      },
      importNotebook: (entry) => {
        const made = fetch(fileAddress(project, entry.address))
          .then((answer) => answer.text())
          .then((text) => api.importFile(project, { file_name: entry.name, file_text: text }, () => undefined))
          .then(({ items }) => {
            void client.invalidateQueries({ queryKey: notebooksQuery(project).queryKey });
            for (const made of items)
              toast(
                [`“${made.name}” is a notebook of the project now.`, ...made.repairs.map(({ reason }) => reason)].join(
                  " ",
                ),
              );
            const [only] = items;
            if (only !== undefined && items.length === 1) ask.openNotebook(only.id);
          });
        doing(made, parentOf(entry.address));
      },
      choose: ask.choose,
      askWhere: ask.where,
    };
    // The questions only open dialogs of the component that asks.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, project, refresh, tree]);
}

async function makeFile(project: string, path: string): Promise<FileEntry> {
  const { signal } = new AbortController();
  const sent = await sendFile({ project, address: addressOf(path), content: new Blob([]), mustBeNew: true, signal });
  if (!sent.done) throw new Error("the file has not arrived");
  return sent.entry;
}

/** Makes "New folder", or "New folder 2" and so on where the name is taken. */
async function untaken(stem: string, ending: string, make: (name: string) => Promise<FileEntry>): Promise<FileEntry> {
  for (let number = 1; ; number += 1) {
    try {
      return await make(number === 1 ? `${stem}${ending}` : `${stem} ${number}${ending}`);
    } catch (error) {
      if (number >= 20 || !(error instanceof Error) || !error.message.startsWith("exists")) throw error;
    }
  }
}
