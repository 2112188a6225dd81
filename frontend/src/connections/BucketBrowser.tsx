import { t } from "@lingui/core/macro";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive, ChevronRight, Code, Download, FileText, Folder, Upload } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { copyText } from "../ui/copyText";
import { Dialog } from "../ui/Dialog";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Time } from "../ui/Time";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { base64Of } from "../wire/base64";
import { reasonOf, type Schemas } from "../wire/http";
import { objectsQueryKey } from "../wire/queries";
import type { Connection } from "./draft";
import { sizeText } from "../model/sizes";
import { codeFor, crumbs, nameAt, type Place } from "./objects";

/** Looks into an object store: buckets, folders, objects; previews, saves, puts, and copies paths as code. */
export function BucketBrowser({
  project,
  connection,
  onClose,
}: {
  project: string;
  connection: Connection;
  onClose: () => void;
}) {
  const [place, setPlace] = useState<Place | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const listing = useInfiniteQuery({
    queryKey: objectsQueryKey(project, connection.id, place),
    queryFn: ({ pageParam, signal }) => api.objects(project, connection.id, place, pageParam, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    retry: false,
  });
  const go = (next: Place | null): void => {
    setPlace(next);
    setChosen(null);
  };
  const pages = listing.data?.pages ?? [];
  const buckets = pages.flatMap((page) => page.buckets ?? []);
  const folders = pages.flatMap((page) => page.folders);
  const items = pages.flatMap((page) => page.items);
  const isEmpty = buckets.length + folders.length + items.length === 0;
  return (
    <Dialog open onOpenChange={onClose} size="large" title={connection.name}>
      <div className="flex min-h-8 flex-wrap items-center gap-x-1 gap-y-2">
        <nav aria-label={t`Where you are`} className="flex min-w-0 flex-1 flex-wrap items-center gap-1">
          <Crumb label={t`Buckets`} isHere={place === null} onGo={() => go(null)} />
          {place !== null &&
            crumbs(place).map(({ label, place: to }) => (
              <span key={to.prefix} className="flex min-w-0 items-center gap-1">
                <ChevronRight size={14} aria-hidden className="shrink-0 text-fg3" />
                <Crumb label={label} isHere={to.prefix === place.prefix} onGo={() => go(to)} />
              </span>
            ))}
        </nav>
        {place !== null && <UploadButton project={project} connection={connection} place={place} />}
      </div>
      <div className="mt-2 h-96 overflow-y-auto rounded-card border border-line" tabIndex={-1}>
        {listing.isError ? (
          <div className="p-3">
            <Banner tone="err" live>
              {reasonOf(listing.error)}
            </Banner>
          </div>
        ) : listing.isPending ? (
          <Loading label={t`Loading what lies here`}>
            <div className="space-y-2 p-3">
              <Skeleton className="h-7 w-full" />
              <Skeleton className="h-7 w-full" />
              <Skeleton className="h-7 w-2/3" />
            </div>
          </Loading>
        ) : isEmpty ? (
          <p className="p-6 text-center text-fg3">
            {place === null ? t`These keys see no bucket.` : t`Nothing lies here.`}
          </p>
        ) : (
          <ul aria-label={t`What lies here`} className="divide-y divide-line">
            {buckets.map((bucket) => (
              <Row key={bucket} icon={<Archive size={16} aria-hidden />} onOpen={() => go({ bucket, prefix: "" })}>
                {bucket}
              </Row>
            ))}
            {place !== null &&
              folders.map((prefix) => (
                <Row
                  key={prefix}
                  icon={<Folder size={16} aria-hidden />}
                  onOpen={() => go({ bucket: place.bucket, prefix })}
                >
                  {nameAt(prefix, place.prefix)}
                </Row>
              ))}
            {place !== null &&
              items.map((item) => (
                <Row
                  key={item.key}
                  icon={<FileText size={16} aria-hidden />}
                  isOpen={chosen === item.key}
                  onOpen={() => setChosen(chosen === item.key ? null : item.key)}
                  aside={<About item={item} />}
                  below={
                    chosen === item.key && (
                      <Preview project={project} connection={connection} bucket={place.bucket} item={item} />
                    )
                  }
                >
                  {nameAt(item.key, place.prefix)}
                </Row>
              ))}
          </ul>
        )}
        {listing.hasNextPage && (
          <div className="p-3 text-center">
            <Button
              size="small"
              busy={listing.isFetchingNextPage}
              onClick={() => void listing.fetchNextPage()}
            >{t`Show more`}</Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Crumb({ label, isHere, onGo }: { label: string; isHere: boolean; onGo: () => void }) {
  if (isHere)
    return (
      <span aria-current="location" className="max-w-60 truncate font-medium">
        {label}
      </span>
    );
  return (
    <button
      type="button"
      onClick={onGo}
      className="max-w-60 truncate rounded-control px-1 py-0.5 text-accent hover:bg-hover"
    >
      {label}
    </button>
  );
}

function Row({
  icon,
  isOpen,
  onOpen,
  aside,
  below,
  children,
}: {
  icon: ReactNode;
  isOpen?: boolean;
  onOpen: () => void;
  aside?: ReactNode;
  below?: ReactNode;
  children: ReactNode;
}) {
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onOpen}
        className="flex min-h-9 w-full items-center gap-2.5 px-3 py-1 text-start hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span className="shrink-0 text-fg3">{icon}</span>
        <span className="min-w-0 flex-1 truncate">{children}</span>
        {aside}
      </button>
      {below}
    </li>
  );
}

function About({ item }: { item: Schemas["StoreObject"] }) {
  return (
    <span className="flex shrink-0 items-center gap-4 text-[13px] text-fg3 tabular-nums">
      <span>{sizeText(item.size)}</span>
      {item.changed_at !== null && <Time at={item.changed_at} className="w-28 text-end" />}
    </span>
  );
}

function Preview({
  project,
  connection,
  bucket,
  item,
}: {
  project: string;
  connection: Connection;
  bucket: string;
  item: Schemas["StoreObject"];
}) {
  const preview = useQuery({
    queryKey: [
      ...objectsQueryKey(project, connection.id, { bucket, prefix: "" }),
      "preview",
      item.key,
      item.changed_at,
    ],
    queryFn: ({ signal }) => api.previewObject(project, connection.id, bucket, item.key, { signal }),
    retry: false,
  });
  const save = useMutation({
    mutationFn: () => api.objectLink(project, connection.id, { bucket, key: item.key, to: "download" }),
    onSuccess: ({ url }) => window.location.assign(url),
    onError: (error) => toastError(reasonOf(error)),
  });
  const copy = async (): Promise<void> => {
    await copyText(codeFor(connection.kind, bucket, item.key, connection.variables ?? []));
    toast(
      connection.attached
        ? t`The code is copied. The kernel finds the keys by itself.`
        : t`The code is copied. It works once code may use this connection.`,
    );
  };
  return (
    <div className="space-y-2.5 border-t border-line bg-panel px-3 py-2.5">
      <div className="flex flex-wrap gap-2">
        <Button size="small" icon={Download} busy={save.isPending} onClick={() => save.mutate()}>{t`Download`}</Button>
        <Button size="small" icon={Code} onClick={() => void copy()}>{t`Copy as code`}</Button>
      </div>
      {preview.isError ? (
        <p className="text-[13px] text-err">{reasonOf(preview.error)}</p>
      ) : preview.data === undefined ? (
        <Skeleton className="h-16 w-full" />
      ) : preview.data.text === null ? (
        <p className="text-[13px] text-fg3">{t`This is not text. Download it, or read it in code.`}</p>
      ) : (
        <>
          <pre
            tabIndex={0}
            aria-label={t`The beginning of ${item.key}`}
            className="max-h-56 overflow-auto rounded-control border border-line bg-card p-2.5 font-mono text-xs leading-5"
          >
            {preview.data.text}
          </pre>
          {preview.data.size > 65536 && (
            <p className="text-[13px] text-fg3">{t`The first 64 KiB of ${sizeText(preview.data.size)}.`}</p>
          )}
        </>
      )}
    </div>
  );
}

function UploadButton({ project, connection, place }: { project: string; connection: Connection; place: Place }) {
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const put = useMutation({
    mutationFn: async (file: File) =>
      api.putObject(project, connection.id, {
        bucket: place.bucket,
        key: place.prefix + file.name,
        content: await base64Of(file),
      }),
    onSuccess: async (_answer, file) => {
      toast(t`${file.name} is stored.`);
      await client.invalidateQueries({ queryKey: objectsQueryKey(project, connection.id, place) });
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t`File to upload`}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file !== undefined) put.mutate(file);
        }}
      />
      <Button
        size="small"
        icon={Upload}
        busy={put.isPending}
        onClick={() => input.current?.click()}
      >{t`Upload`}</Button>
    </>
  );
}
