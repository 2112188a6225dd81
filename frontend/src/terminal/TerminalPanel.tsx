import { t } from "@lingui/core/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Lock, Plus, SquareTerminal, Users, X } from "lucide-react";
import { useCallback, useRef, useState, type ReactNode } from "react";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { cx } from "../ui/cx";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Kbd } from "../ui/Kbd";
import { Menu, MenuItem } from "../ui/Menu";
import { partOnDemand } from "../ui/onDemand";
import { Spinner } from "../ui/Spinner";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Schemas } from "../wire/http";
import { NOTHING_TOLD, type Told } from "./line";
import "./terminal.css";

const TerminalView = partOnDemand(
  async () => (await import("./TerminalView")).TerminalView,
  () => (
    <p className="terminal-wait">
      <Spinner /> {t`Opening…`}
    </p>
  ),
);

const POLL_MS = 15_000;

type State = Schemas["TerminalState"];

export interface TerminalPanelProps {
  project: string;
  /** The id of whoever looks: others' terminals are named after them. */
  me: string;
  /** Further buttons at the end of the bar. */
  actions?: ReactNode;
}

/** A project's terminals: one is seen, the others are a click away. */
export function TerminalPanel({ project, me, actions }: TerminalPanelProps) {
  const client = useQueryClient();
  const key = ["terminals", project];
  const list = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.terminals(project, { signal }),
    refetchInterval: POLL_MS,
  });
  const [chosen, setChosen] = useState<string | null>(null);
  const [closing, setClosing] = useState<State | null>(null);
  const [ended, setEnded] = useState<string | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: key });
  const open = useMutation({
    mutationFn: (shared: boolean) => api.openTerminal(project, shared),
    onSuccess: async (made) => {
      setEnded(null);
      setChosen(made.id);
      await again();
    },
    onError: (error) => toastError(reasonOf(error)),
  });
  const close = useMutation({
    mutationFn: (id: string) => api.closeTerminal(project, id),
    onError: (error) => toastError(reasonOf(error)),
    onSettled: again,
  });
  const items = list.data?.items ?? [];
  const seen = items.find((each) => each.id === chosen) ?? items[0] ?? null;
  const leave = useCallback(() => bar.current?.querySelector<HTMLElement>("button")?.focus(), []);
  const whenEnded = (id: string, reason: string): void => {
    setEnded(reason);
    client.setQueryData<Schemas["TerminalList"]>(key, (before) =>
      before === undefined ? before : { ...before, items: before.items.filter((each) => each.id !== id) },
    );
    void again();
  };
  const ask = (terminal: State): void => {
    if (terminal.working || terminal.people.length > 1) setClosing(terminal);
    else close.mutate(terminal.id);
  };

  return (
    <section aria-label={t`Terminals`} className="terminal-panel">
      <div ref={bar} className="terminal-bar">
        <div role="group" aria-label={t`Open terminals`} className="terminal-names">
          {items.map((each) => (
            <span key={each.id} className={cx("terminal-name", each === seen && "is-seen")}>
              <button
                type="button"
                aria-label={`${nameOf(each, me)}, ${each.shared ? t`shared` : t`private`}`}
                aria-pressed={each === seen}
                onClick={() => setChosen(each.id)}
              >
                {each.shared ? <Users size={13} aria-hidden /> : <Lock size={13} aria-hidden />}
                {nameOf(each, me)}
              </button>
              <IconButton icon={X} size="small" label={t`Close ${nameOf(each, me)}`} onClick={() => ask(each)} />
            </span>
          ))}
          <NewTerminal busy={open.isPending} onOpen={(shared) => open.mutate(shared)} />
        </div>
        <span className="terminal-actions">{actions}</span>
      </div>
      {list.data?.sandboxed === false && (
        <Banner tone="warn" bar>{t`No sandbox holds on this server: a terminal can read what the server can.`}</Banner>
      )}
      {ended !== null && (
        <Banner bar live>
          {ended}
        </Banner>
      )}
      {seen !== null ? (
        <Seen key={seen.id} project={project} terminal={seen} me={me} onEnd={whenEnded} onLeave={leave} />
      ) : list.isError ? (
        <EmptyState icon={SquareTerminal} title={t`The terminals cannot be listed`} heading="h3">
          {reasonOf(list.error)}
        </EmptyState>
      ) : list.isPending || open.isPending ? (
        <p className="terminal-wait">
          <Spinner /> {open.isPending ? t`Starting a shell…` : t`Looking for terminals…`}
        </p>
      ) : (
        <EmptyState
          icon={SquareTerminal}
          title={t`No terminal is open`}
          heading="h3"
          actions={
            <>
              <Button kind="primary" icon={Lock} onClick={() => open.mutate(false)}>{t`Private terminal`}</Button>
              <Button icon={Users} onClick={() => open.mutate(true)}>{t`Shared terminal`}</Button>
            </>
          }
        >{t`A shell among the project's files, with its environment's programs. A shared one is seen, and typed in, by all who may run code and write files here.`}</EmptyState>
      )}
      {closing !== null && (
        <ConfirmDialog
          open
          onOpenChange={() => setClosing(null)}
          title={t`Close ${nameOf(closing, me)}?`}
          action={t`Close terminal`}
          danger
          onConfirm={() => {
            close.mutate(closing.id);
            setClosing(null);
          }}
        >
          {closing.working ? t`A program is running in it and will be ended.` : t`Others have it open.`}
        </ConfirmDialog>
      )}
    </section>
  );
}

function NewTerminal({ busy, onOpen }: { busy: boolean; onOpen: (shared: boolean) => void }) {
  return (
    <Menu align="start" trigger={<IconButton icon={Plus} size="small" label={t`New terminal`} disabled={busy} />}>
      <MenuItem icon={Lock} onSelect={() => onOpen(false)}>{t`Private, for me alone`}</MenuItem>
      <MenuItem icon={Users} onSelect={() => onOpen(true)}>{t`Shared with who may run and write files`}</MenuItem>
    </Menu>
  );
}

interface SeenProps {
  project: string;
  terminal: State;
  me: string;
  onEnd: (id: string, reason: string) => void;
  onLeave: () => void;
}

function Seen({ project, terminal, me, onEnd, onLeave }: SeenProps) {
  const [told, setTold] = useState<Told>(NOTHING_TOLD);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <TerminalView
        url={api.terminalSocket(project, terminal.id)}
        label={t`${nameOf(terminal, me)}. F6 leaves the terminal.`}
        onTold={(news) => setTold((before) => ({ ...before, ...news }))}
        onLine={setIsOpen}
        onEnd={(reason) => onEnd(terminal.id, told.ended ?? reason)}
        onLeave={onLeave}
      />
      <footer className="terminal-foot">
        <span role="status">{isOpen ? who(terminal, told) : t`Connecting…`}</span>
        <span>
          <Kbd keys={["F6"]} />{" "}
          {t`leaves the terminal. It ends with the server, and after an hour in which nobody types and nothing runs.`}
        </span>
      </footer>
    </>
  );
}

function nameOf(terminal: State, me: string): string {
  const number = t`Terminal ${terminal.number}`;
  return terminal.owner.id === me ? number : t`${number} of ${terminal.owner.display_name}`;
}

/** Who sees a terminal, and who typed last. */
function who(terminal: State, told: Told): string {
  if (!terminal.shared) return t`Private: only you see it.`;
  const here = told.people.length > 1 ? t`Here: ${told.people.join(", ")}.` : t`Shared: nobody else is here.`;
  return told.typist === "" ? here : t`${here} ${told.typist} typed last.`;
}
