import { plural, t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileUp, NotebookText, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toast, toastError, toastUndo } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf, type NotebookSummary, type Project } from "../../wire/http";
import { binQuery, notebooksQuery } from "../../wire/queries";
import { BinSection } from "../shell/BinSection";
import { DropZone } from "./DropZone";
import { ENDINGS, importFiles, type Imported, type Upload } from "./importFile";
import { ImportReport, isUnchanged } from "./ImportReport";
import { untitled } from "./names";
import { NotebookRow } from "./NotebookRow";
import { RenameDialog } from "./RenameDialog";
import { UploadProgress } from "./UploadProgress";

/** The notebooks of a project, and all that can be done with one without opening it. */
export function NotebookSection({ project }: { project: Project }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const list = notebooksQuery(project.id);
  const notebooks = useQuery(list);
  const bin = useQuery({ ...binQuery(project.id), enabled: project.rights.includes("EDIT") });
  const mayEdit = project.rights.includes("EDIT");
  const chooser = useRef<HTMLInputElement>(null);
  const [renaming, setRenaming] = useState<NotebookSummary | null>(null);
  const [report, setReport] = useState<Imported[]>([]);
  const [progress, setProgress] = useState<Upload | null>(null);

  const refresh = async (): Promise<void> => {
    await Promise.all([
      client.invalidateQueries({ queryKey: list.queryKey }),
      client.invalidateQueries({ queryKey: binQuery(project.id).queryKey }),
    ]);
  };
  const onError = (error: unknown): void => toastError(reasonOf(error));

  const create = useMutation({
    mutationFn: () => api.makeNotebook(project.id, { name: untitled(notebooks.data ?? []) }),
    onSuccess: (made) => navigate(`/n/${made.id}`),
    onError,
    onSettled: refresh,
  });
  const duplicate = useMutation({
    mutationFn: (notebook: NotebookSummary) =>
      api.makeNotebook(project.id, { name: t`Copy of ${notebook.name}`.slice(0, 200), copy_of: notebook.id }),
    onSuccess: (made) => toast(t`“${made.name}” is ready.`),
    onError,
    onSettled: refresh,
  });
  const setDeleted = useMutation({
    mutationFn: ({ notebook, deleted }: { notebook: NotebookSummary; deleted: boolean }) =>
      api.changeNotebook(notebook.id, { deleted }),
    onMutate: ({ notebook, deleted }) => {
      if (deleted)
        client.setQueryData(list.queryKey, (old: NotebookSummary[] | undefined) =>
          old?.filter((each) => each.id !== notebook.id),
        );
    },
    onSuccess: (_answer, { notebook, deleted }) => {
      if (deleted)
        toastUndo(t`“${notebook.name}” is in the bin.`, () => setDeleted.mutate({ notebook, deleted: false }));
      else toast(t`“${notebook.name}” is back.`);
    },
    onError,
    onSettled: refresh,
  });
  const upload = useMutation({
    mutationFn: (files: readonly File[]) => importFiles(project.id, files, setProgress),
    onSuccess: (results) => {
      const clean = results.every((result) => result.refusal === null && result.made.every(isUnchanged));
      if (!clean) setReport(results);
      else toast(uploaded(results.flatMap((result) => result.made.map((made) => made.name))));
    },
    onSettled: () => {
      setProgress(null);
      return refresh();
    },
  });

  if (notebooks.isPending) {
    return (
      <Loading label={t`Loading notebooks`}>
        <div className="space-y-3">
          <Skeleton className="h-14 w-full" />
          <Skeleton className="h-14 w-full" />
          <Skeleton className="h-14 w-full" />
        </div>
      </Loading>
    );
  }
  if (notebooks.isError && notebooks.data === undefined) return <Banner tone="err">{reasonOf(notebooks.error)}</Banner>;

  const controls = mayEdit && (
    <>
      <Button icon={FileUp} busy={upload.isPending} onClick={() => chooser.current?.click()}>{t`Upload`}</Button>
      <Button
        kind="primary"
        icon={Plus}
        busy={create.isPending}
        onClick={() => create.mutate()}
      >{t`New notebook`}</Button>
    </>
  );
  return (
    <DropZone enabled={mayEdit && !upload.isPending} onFiles={(files) => upload.mutate(files)}>
      <input
        ref={chooser}
        type="file"
        accept={[...ENDINGS, "application/x-ipynb+json"].join(",")}
        multiple
        hidden
        aria-label={t`Notebook files`}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          if (files.length > 0) upload.mutate(files);
        }}
      />
      {progress !== null && <UploadProgress upload={progress} />}
      {notebooks.data.length === 0 ? (
        <div className="rounded-[14px] border border-dashed border-line2">
          <EmptyState
            icon={NotebookText}
            title={t`No notebook yet`}
            actions={controls === false ? undefined : controls}
          >
            {mayEdit
              ? t`Begin with an empty one, or drop .ipynb, .py or .deepnote files anywhere on this page.`
              : t`Notebooks of this project will show here.`}
          </EmptyState>
        </div>
      ) : (
        <>
          <div className="mb-3 flex items-center justify-between gap-3">
            <h2 className="text-[14px] leading-8 font-medium text-fg2">
              {plural(notebooks.data.length, { one: "# notebook", other: "# notebooks" })}
            </h2>
            <div className="flex gap-2">{controls}</div>
          </div>
          <ul
            aria-label={t`Notebooks`}
            className="divide-y divide-line rounded-card border border-line bg-card shadow-low"
          >
            {notebooks.data.map((notebook) => (
              <NotebookRow
                key={notebook.id}
                notebook={notebook}
                mayEdit={mayEdit}
                onRename={() => setRenaming(notebook)}
                onDuplicate={() => duplicate.mutate(notebook)}
                onDelete={() => setDeleted.mutate({ notebook, deleted: true })}
              />
            ))}
          </ul>
        </>
      )}
      {mayEdit && (
        <BinSection
          label={t`Deleted notebooks`}
          items={bin.data ?? []}
          onRestore={(notebook) => setDeleted.mutate({ notebook, deleted: false })}
        />
      )}
      <RenameDialog notebook={renaming} onClose={() => setRenaming(null)} onRenamed={refresh} />
      <ImportReport results={report} onClose={() => setReport([])} />
    </DropZone>
  );
}

function uploaded(names: readonly string[]): string {
  return plural(names.length, { one: `“${names[0] ?? ""}” is uploaded.`, other: "# notebooks are uploaded." });
}
