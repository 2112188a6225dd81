import { t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { openSearchPanel, gotoLine } from "@codemirror/search";
import { Download, FileX, ListOrdered, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useReadable } from "../../model/use";
import { Avatars } from "../../presence/Avatars";
import { Banner } from "../../ui/Banner";
import { EmptyState } from "../../ui/EmptyState";
import { IconButton } from "../../ui/IconButton";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { TopBar } from "../../ui/TopBar";
import { api, fileAddress } from "../../wire/api";
import { useChoices } from "../../wire/choices";
import { ApiError, reasonOf, type Me, type Schemas } from "../../wire/http";
import { projectQuery } from "../../wire/queries";
import { Store } from "../../wire/store";
import { Account } from "../shell/Account";
import { Closed } from "../shell/Closed";
import { DraftCard } from "../shell/DraftCard";
import { SavedLabel } from "../shell/SavedLabel";
import { SignedIn } from "../shell/SignedIn";
import { TextSession } from "./session";
import "../../presence/presence.css";
import "../shell/live.css";
import "./text.css";

/** /p/ID/files/PATH: one text file, open and alive. `address` is its path, percent-encoded. */
export default function TextPage({ project, address }: { project: string; address: string }) {
  return <SignedIn>{(me) => <Found me={me} project={project} address={address} />}</SignedIn>;
}

const textKey = (project: string, address: string) => ["text", project, address] as const;

function Found({ me, project, address }: { me: Me; project: string; address: string }) {
  const file = useQuery({
    queryKey: textKey(project, address),
    queryFn: ({ signal }) => api.textFile(project, address, { signal }),
    staleTime: Infinity,
    retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 0,
  });
  const name = file.data?.name ?? "";
  useEffect(() => {
    document.title = name === "" ? "Commonbook" : `${name} · Commonbook`;
  }, [name]);
  if (file.data !== undefined) return <Alive key={file.data.id} me={me} project={project} file={file.data} />;
  return (
    <div className="text-page">
      <TopBar actions={<Account me={me} />} />
      <main className="flex flex-1 items-center justify-center">
        {file.isError ? <Refused project={project} address={address} error={file.error} /> : <Opening />}
      </main>
    </div>
  );
}

function Refused({ project, address, error }: { project: string; address: string; error: Error }) {
  const isThere = error instanceof ApiError && (error.status === 409 || error.status === 413);
  return (
    <EmptyState
      heading="h1"
      icon={FileX}
      title={isThere ? t`This file cannot be edited here` : t`This file is not here`}
      actions={
        <>
          {isThere && (
            <a className="text-link" href={fileAddress(project, address)} download>
              <Download size={16} aria-hidden />
              {t`Download`}
            </a>
          )}
          <Link className="text-link" href={`/p/${project}`}>
            {t`Go to the project`}
          </Link>
        </>
      }
    >
      {isThere ? reasonOf(error) : t`It was deleted, moved or renamed, or nobody has shared it with you.`}
    </EmptyState>
  );
}

const Opening = () => (
  <Loading label={t`Opening the file`}>
    <div className="flex w-full flex-col gap-3 p-6">
      <Skeleton className="h-5 w-2/5" />
      <Skeleton className="h-5 w-3/5" />
      <Skeleton className="h-5 w-1/3" />
    </div>
  </Loading>
);

/** A file that is renamed goes on in the same session, so only the first `file` counts. */
function Alive({ me, project, file: first }: { me: Me; project: string; file: Schemas["TextFile"] }) {
  const [file] = useState(first);
  const [opened] = useState(() => new Store<TextSession | null>(null));
  useEffect(() => {
    if (!me.guest) useChoices.getState().load();
    const made = new TextSession(project, file);
    made.start();
    opened.set(made);
    return () => {
      opened.set(null);
      made.close();
    };
  }, [opened, project, file, me.guest]);
  const session = useReadable(opened, (value) => value);
  return session === null ? null : <Open me={me} project={project} session={session} />;
}

function Open({ me, project, session }: { me: Me; project: string; session: TextSession }) {
  const { live } = session;
  const file = useReadable(session.file, (now) => now);
  useAddress(project, file);
  const closed = useReadable(live.connection, (now) => now.closed);
  const synced = useReadable(live.connection, (now) => now.synced);
  const phase = useReadable(live.connection, (now) => now.phase);
  const generation = useReadable(live.documents, (now) => now.generation);
  const rights = useReadable(session.rights, (now) => now);
  const trouble = useReadable(session.trouble, (now) => now);
  const drafts = useReadable(live.drafts, (now) => now);
  const canEdit = rights.has("FILES");
  const isLost = phase === "reconnecting" || phase === "offline";
  if (closed !== null) {
    return (
      <div className="text-page">
        <TopBar actions={<Account me={me} />} />
        <main className="flex flex-1 items-center justify-center">
          <Closed
            code={closed.code}
            reason={closed.reason}
            back={`/p/${project}/files/${file.address}`}
            file={{ name: file.name, text: session.text.toJSON(), project }}
          />
        </main>
      </div>
    );
  }
  return (
    <div className="text-page">
      <Bar me={me} project={project} session={session} />
      {(isLost || trouble !== "" || (synced && !canEdit)) && (
        <section aria-label={t`State of this page`}>
          {isLost && (
            <Banner tone="warn" bar>
              {phase === "reconnecting"
                ? t`Reconnecting… Go on typing: it is kept here and merged when the connection is back.`
                : t`You are offline. Go on typing: it is kept here and merged when the connection is back.`}
            </Banner>
          )}
          {trouble !== "" && (
            <Banner tone="err" bar live>
              {trouble}
            </Banner>
          )}
          {synced && !canEdit && !isLost && (
            <Banner bar>{t`You can read this file. Changing it needs the right FILES.`}</Banner>
          )}
        </section>
      )}
      {drafts.length > 0 && (
        <div className="px-4">
          {drafts.map((draft) => (
            <DraftCard key={draft.id} kind="file" draft={draft} onDiscard={() => live.discardDraft(draft)} />
          ))}
        </div>
      )}
      <main id="text-main" tabIndex={-1} aria-label={file.name}>
        <h1 className="sr-only">{file.path}</h1>
        {synced ? <Editor key={generation} session={session} /> : <Opening />}
      </main>
    </div>
  );
}

/** Keep the address of the page that of its file, and say so where it becomes another. */
function useAddress(project: string, file: Schemas["TextFile"]): void {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const shown = useRef(file);
  useEffect(() => {
    const before = shown.current;
    if (before === file) return;
    shown.current = file;
    queries.setQueryData(textKey(project, file.address), file);
    queries.removeQueries({ queryKey: textKey(project, before.address) });
    navigate(`/p/${project}/files/${file.address}`, { replace: true });
    const { name, path } = file;
    toast(before.name === name ? t`This file was moved to ${path}` : t`This file was renamed to ${name}`);
  }, [queries, navigate, project, file]);
}

function Editor({ session }: { session: TextSession }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const found = /^#L(\d+)$/.exec(window.location.hash);
    const hide = session.show(element, found === null ? null : Number(found[1]));
    session.view?.focus();
    return hide;
  }, [session]);
  return <div ref={host} className="source text-editor" dir="ltr" />;
}

function Bar({ me, project, session }: { me: Me; project: string; session: TextSession }) {
  const { live } = session;
  const file = useReadable(session.file, (now) => now);
  const projectName = useQuery(projectQuery(project)).data?.name ?? "";
  const folders = file.path.split("/").slice(0, -1);
  const on = (run: (view: NonNullable<TextSession["view"]>) => unknown): void => {
    if (session.view !== null) run(session.view);
  };
  return (
    <TopBar
      actions={
        <>
          <Avatars
            room={session.room}
            nameOfCell={() => file.name}
            following={null}
            onPick={(here) => session.showPerson(here)}
          />
          <IconButton
            icon={Search}
            label={t`Find and replace`}
            keys={["Mod", "F"]}
            onClick={() => on(openSearchPanel)}
          />
          <IconButton icon={ListOrdered} label={t`Go to line`} keys={["Mod", "G"]} onClick={() => on(gotoLine)} />
          <a
            className="text-icon"
            href={fileAddress(project, file.address)}
            download={file.name}
            aria-label={t`Download`}
            title={t`Download`}
          >
            <Download size={16} aria-hidden />
          </a>
          <Account me={me} />
        </>
      }
    >
      <nav aria-label={t`Path`} className="bar-path">
        <Link href={`/p/${project}`} className="bar-project">
          {projectName}
        </Link>
        <span aria-hidden className="bar-slash">
          /
        </span>
        <span className="text-name" title={file.path} dir="ltr">
          {folders.length > 0 && <span className="text-folders">{folders.join("/")}/</span>}
          {file.name}
        </span>
      </nav>
      <SavedLabel connection={live.connection} />
    </TopBar>
  );
}
