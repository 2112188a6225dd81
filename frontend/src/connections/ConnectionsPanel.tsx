import { t } from "@lingui/core/macro";
import { currentLocale } from "../i18n/start";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Cable, Ellipsis, FolderOpen, History, Pencil, PlugZap, Plus, Trash2, Unplug } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Badge } from "../ui/Badge";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Dialog } from "../ui/Dialog";
import { Dot } from "../ui/Dot";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { Loading, Skeleton } from "../ui/Skeleton";
import { api } from "../wire/api";
import { reasonOf } from "../wire/http";
import { connectionKindsQuery, connectionsQuery } from "../wire/queries";
import { BucketBrowser } from "./BucketBrowser";
import { ConnectionDialog } from "./ConnectionDialog";
import { EventsDialog } from "./EventsDialog";
import { canBrowse, isDatabase, target, type Connection, type Kind } from "./draft";
import { GROUP_ICONS } from "./icons";
import { useChanges, type Changes } from "./useConnections";

/** The connections of a project; without CONNECTIONS their names and kinds. */
export function ConnectionsPanel({
  project,
  mayChange,
  mayRun,
  driverOffer,
  schemaBrowser,
}: {
  project: string;
  mayChange: boolean;
  mayRun: boolean;
  /** Draws the offer to install the driver that `line` names, and what to do once it is there. */
  driverOffer: (line: string, again: { label: string; run: () => void }) => ReactNode;
  /** Draws what is in a database. */
  schemaBrowser: (connection: string, kind: Kind) => ReactNode;
}) {
  const kinds = useQuery(connectionKindsQuery);
  const connections = useQuery(connectionsQuery(project));
  const changes = useChanges(project);
  const [editing, setEditing] = useState<Connection | "new" | null>(null);
  const [removing, setRemoving] = useState<Connection | null>(null);
  const [browsing, setBrowsing] = useState<Connection | null>(null);
  const [tracing, setTracing] = useState<Connection | null>(null);
  if (kinds.isError || connections.isError)
    return <Banner tone="err">{reasonOf(kinds.error ?? connections.error)}</Banner>;
  if (kinds.data === undefined || connections.data === undefined)
    return (
      <Loading label={t`Loading the connections`}>
        <div className="space-y-3">
          <Skeleton className="h-10 w-full" />
          <Skeleton className="h-16 w-full" />
          <Skeleton className="h-16 w-full" />
        </div>
      </Loading>
    );
  const adding = <Button kind="primary" icon={Plus} onClick={() => setEditing("new")}>{t`Add connection`}</Button>;
  const kindOf = (connection: Connection): Kind | undefined => kinds.data.find((kind) => kind.id === connection.kind);
  const open = (next: Connection | "new"): void => {
    changes.save.reset();
    setEditing(next);
  };
  return (
    <div className="space-y-5">
      {connections.data.length === 0 ? (
        <EmptyState icon={Cable} title={t`No connections yet`} actions={mayChange && adding}>
          {mayChange
            ? t`Databases, object stores, Git hosts and keys of services: kept encrypted, at hand for everybody who runs code here.`
            : t`Admins and owners of the project can add databases, object stores, Git hosts and keys of services.`}
        </EmptyState>
      ) : (
        <>
          <div className="flex items-center gap-4">
            <p className="min-w-0 flex-1 text-fg2">{t`Everybody who can run code in this project can read the secrets of its connections in code.`}</p>
            {mayChange && adding}
          </div>
          <ul aria-label={t`Connections`} className="divide-y divide-line rounded-card border border-line bg-card">
            {connections.data.map((connection) => (
              <ConnectionRow
                key={connection.id}
                project={project}
                connection={connection}
                kind={kindOf(connection)}
                mayChange={mayChange}
                attach={changes.attach}
                driverOffer={driverOffer}
                onEdit={() => open(connection)}
                onBrowse={mayRun && canBrowse(kindOf(connection)) ? () => setBrowsing(connection) : undefined}
                onTrace={() => setTracing(connection)}
                onRemove={() => setRemoving(connection)}
              />
            ))}
          </ul>
          {!mayChange && (
            <p className="text-[13px] text-fg3">{t`Admins and owners of the project can add and change connections.`}</p>
          )}
        </>
      )}
      {editing !== null && (
        <ConnectionDialog
          kinds={kinds.data}
          of={editing === "new" ? null : editing}
          save={changes.save}
          onClose={() => {
            changes.save.reset();
            setEditing(null);
          }}
        />
      )}
      {browsing !== null && (
        <Browser
          project={project}
          connection={browsing}
          kind={kindOf(browsing)}
          schemaBrowser={schemaBrowser}
          onClose={() => setBrowsing(null)}
        />
      )}
      {tracing !== null && <EventsDialog project={project} connection={tracing} onClose={() => setTracing(null)} />}
      {removing !== null && (
        <ConfirmDialog
          open
          onOpenChange={() => setRemoving(null)}
          title={t`Delete “${removing.name}”?`}
          action={t`Delete connection`}
          danger
          cautious
          busy={changes.remove.isPending}
          onConfirm={() => changes.remove.mutate(removing, { onSettled: () => setRemoving(null) })}
        >
          <p>{t`Its secrets are gone for good, and whatever uses it fails until it has another connection.`}</p>
          {(removing.variables ?? []).length > 0 && (
            <p className="mt-2">
              <Trans>
                Kernels that run lose <Names names={removing.variables ?? []} />.
              </Trans>
            </p>
          )}
        </ConfirmDialog>
      )}
    </div>
  );
}

/** What lies behind a connection: buckets, or the tables of a database. */
function Browser({
  project,
  connection,
  kind,
  schemaBrowser,
  onClose,
}: {
  project: string;
  connection: Connection;
  kind: Kind | undefined;
  schemaBrowser: (connection: string, kind: Kind) => ReactNode;
  onClose: () => void;
}) {
  if (kind === undefined) return null;
  if (!isDatabase(kind)) return <BucketBrowser project={project} connection={connection} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={onClose} size="large" title={connection.name}>
      {schemaBrowser(connection.id, kind)}
    </Dialog>
  );
}

function ConnectionRow({
  project,
  connection,
  kind,
  mayChange,
  attach,
  driverOffer,
  onBrowse,
  onEdit,
  onTrace,
  onRemove,
}: {
  project: string;
  connection: Connection;
  kind: Kind | undefined;
  mayChange: boolean;
  attach: Changes["attach"];
  driverOffer: (line: string, again: { label: string; run: () => void }) => ReactNode;
  onBrowse: (() => void) | undefined;
  onEdit: () => void;
  onTrace: () => void;
  onRemove: () => void;
}) {
  const test = useMutation({ mutationFn: () => api.testConnection(project, connection.id) });
  const Icon = GROUP_ICONS[kind?.group ?? "Other"] ?? Cable;
  const where = target(connection);
  const names = connection.variables ?? [];
  return (
    <li className="px-3.5 py-3">
      <div className="flex items-center gap-3">
        <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-card border border-line bg-panel text-accent">
          <Icon size={18} aria-hidden />
        </span>
        <div className="min-w-0 flex-1">
          <div className="flex items-center gap-2">
            <span className="truncate font-medium">{connection.name}</span>
            {kind?.injected === true && !connection.attached && <Badge>{t`Not for code`}</Badge>}
          </div>
          <p className="truncate text-[13px] text-fg3">
            {kind?.label ?? connection.kind}
            {where !== "" && ` · ${where}`}
          </p>
        </div>
        {onBrowse !== undefined && <Button size="small" icon={FolderOpen} onClick={onBrowse}>{t`Browse`}</Button>}
        {mayChange && kind?.testable === true && (
          <Button size="small" icon={PlugZap} busy={test.isPending} onClick={() => test.mutate()}>{t`Test`}</Button>
        )}
        {mayChange && (
          <Menu trigger={<IconButton icon={Ellipsis} label={t`More about ${connection.name}`} />}>
            <MenuItem icon={Pencil} onSelect={onEdit}>{t`Change…`}</MenuItem>
            {kind?.injected === true && (
              <MenuItem
                icon={connection.attached ? Unplug : Cable}
                onSelect={() => attach.mutate({ of: connection, attached: !connection.attached })}
              >
                {connection.attached ? t`Take away from code` : t`Let code use it`}
              </MenuItem>
            )}
            <MenuItem icon={History} onSelect={onTrace}>{t`Who used it…`}</MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={onRemove}>{t`Delete…`}</MenuItem>
          </Menu>
        )}
      </div>
      {names.length > 0 && (
        <p className="mt-1.5 ps-12 text-[13px] text-fg3">
          {t`In code:`} <Names names={names} />
        </p>
      )}
      <Outcome test={test} />
      {test.data?.outcome === "no_driver" && kind?.driver != null && (
        <div className="ps-12">{driverOffer(kind.driver, { label: t`Test again`, run: () => test.mutate() })}</div>
      )}
    </li>
  );
}

function Names({ names }: { names: readonly string[] }) {
  const shown = names.slice(0, 4);
  return (
    <>
      {shown.map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <code className="font-mono text-xs text-fg2">{name}</code>
        </span>
      ))}
      {names.length > shown.length && t` and ${names.length - shown.length} more`}
    </>
  );
}

const SECONDS = new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: 2 });

/** What the last test found, told when it comes. */
function Outcome({
  test,
}: {
  test: {
    isPending: boolean;
    isError: boolean;
    error: unknown;
    data: { outcome: string; reason: string; took_s: number } | undefined;
  };
}) {
  return (
    <div role="status" className="ps-12 text-[13px] empty:hidden">
      {test.isPending ? (
        <p className="mt-1.5 flex items-center gap-2 text-fg2">
          <Dot tone="busy" />
          {t`Trying to reach it…`}
        </p>
      ) : test.isError ? (
        <p className="mt-1.5 text-err">{reasonOf(test.error)}</p>
      ) : (
        test.data !== undefined && (
          <p className="mt-1.5 flex items-start gap-2">
            <span className="mt-[5px] inline-flex">
              <Dot tone={test.data.outcome === "ok" ? "ok" : "err"} />
            </span>
            <span className={test.data.outcome === "ok" ? "text-fg2" : "text-err"}>
              {test.data.reason} <span className="text-fg3">{SECONDS.format(test.data.took_s)} s</span>
            </span>
          </p>
        )
      )}
    </div>
  );
}
