import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Boxes, ListFilter, RefreshCw, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useReadable } from "../model/use";
import { Button } from "../ui/Button";
import { Checkbox } from "../ui/Checkbox";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { copyText } from "../ui/copyText";
import { EmptyState } from "../ui/EmptyState";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { Popover } from "../ui/Popover";
import { toast, toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { ApiError } from "../wire/http";
import type { Variable, VariablesNow, VariableStore } from "../wire/variables";
import { Details, type Drawn } from "./Details";
import {
  chosen,
  GROUPS,
  keyOf,
  rowsOf,
  SHOWN_AT_FIRST,
  type Inside,
  type KindGroup,
  type Path,
  type Sort,
} from "./rows";
import { rowKey, Table } from "./Table";
import { exactClock, stateText } from "./words";
import "./variables.css";

export interface VariablesPanelProps {
  readonly notebook: string;
  readonly store: VariableStore;
  /** RUN: what asks the kernel is offered. */
  readonly canRun: boolean;
  readonly cellName: (cell: string) => string | null;
  readonly goTo: (cell: string) => void;
  /** Opens a table by its variable's name. */
  readonly openFrame: (name: string) => void;
}

/** What the kernel holds. Everybody sees the last answer; only who may run asks for more. */
export function VariablesPanel(props: VariablesPanelProps) {
  const { store } = props;
  const now = useReadable(store.now, (value) => value);
  useEffect(() => store.look(), [store]);
  return (
    <div className="variables-panel">
      {now !== null && now.asOf !== null && (
        <div className="variables-top">
          <AsOf now={now} />
        </div>
      )}
      {now === null ? <p className="variables-wait">{t`Waiting for the server.`}</p> : <Body now={now} {...props} />}
    </div>
  );
}

function AsOf({ now }: { now: VariablesNow }) {
  return (
    <span className="variables-as-of" data-late={now.state === "late" || now.state === "ended" ? "" : undefined}>
      <Trans>
        as of <time dateTime={now.asOf ?? ""}>{exactClock(now.asOf ?? "")}</time>
      </Trans>
    </span>
  );
}

function Body({ now, ...props }: VariablesPanelProps & { now: VariablesNow }) {
  const { notebook, canRun } = props;
  const [text, setText] = useState("");
  const [groups, setGroups] = useState<ReadonlySet<KindGroup>>(SHOWN_AT_FIRST);
  const [sort, setSort] = useState<Sort>({ key: "name", down: false });
  const [selected, setSelected] = useState<string | null>(null);
  const [isChoosing, setIsChoosing] = useState(false);
  const [deleting, setDeleting] = useState<string | null>(null);
  const [drawn, setDrawn] = useState<{ key: string; drawn: Drawn } | null>(null);
  const unfolded = useUnfolded(notebook, now);
  const filter = useRef<HTMLInputElement>(null);
  const table = useRef<HTMLDivElement>(null);

  const shown = useMemo(() => chosen(now.items.values(), { text, groups, sort }), [now.items, text, groups, sort]);
  const rows = useMemo(() => rowsOf(shown, unfolded.inside), [shown, unfolded.inside]);
  const row = rows.find((one) => rowKey(one) === selected);
  const said = stateText(now);

  if (now.items.size === 0) return <Nothing now={now} notebook={notebook} canRun={canRun} />;

  const plot = (path: Path): void => {
    const key = keyOf(path);
    setDrawn({ key, drawn: { state: "asking" } });
    const put = (next: Drawn): void => setDrawn((before) => (before?.key === key ? { key, drawn: next } : before));
    api.seriesPoints(notebook, path).then(
      (points) => put({ state: "known", points }),
      (failure: unknown) => put({ state: "failed", reason: reasonOf(failure) }),
    );
  };
  const remove = (name: string): void => {
    setDeleting(null);
    table.current?.focus();
    api.deleteVariable(notebook, name).catch((failure: unknown) => toastError(reasonOf(failure)));
  };
  const copy = (name: string): void => {
    void copyText(name).then((copied) => {
      if (copied) toast(t`Name copied`);
      else toastError(t`The browser did not allow copying. Select the name and copy it.`);
    });
  };

  return (
    <>
      <div className="variables-tools" role="search">
        <Search size={14} aria-hidden />
        <Input
          ref={filter}
          value={text}
          aria-label={t`Filter the variables`}
          placeholder={t`Filter by name or type`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" || event.key === "ArrowDown" || event.key === "Enter") {
              if (event.key === "Escape") setText("");
              event.preventDefault();
              table.current?.focus();
            }
          }}
        />
        <Popover
          label={t`Kinds of variables`}
          open={isChoosing}
          onOpenChange={setIsChoosing}
          trigger={<IconButton icon={ListFilter} label={t`Choose kinds`} />}
        >
          <div className="variables-kinds">
            {GROUPS.map((group) => (
              <Checkbox
                key={group.id}
                checked={groups.has(group.id)}
                onChange={(checked) => {
                  const next = new Set(groups);
                  if (checked) next.add(group.id);
                  else next.delete(group.id);
                  setGroups(next);
                }}
              >
                {group.label}
              </Checkbox>
            ))}
          </div>
        </Popover>
      </div>
      {said !== null && (
        <p className="variables-said" data-tone={said.tone} role="status">
          {said.text}
        </p>
      )}
      {rows.length === 0 ? (
        <p className="variables-wait">
          {text.trim() === "" ? t`Nothing of the chosen kinds.` : t`No variable matches “${text.trim()}”.`}
        </p>
      ) : (
        <Table
          rows={rows}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setSelected}
          canExpand={canRun && now.state !== "ended"}
          onToggle={(one) => {
            if (canRun && one.item.children === true) unfolded.toggle(one.path);
          }}
          onMore={(one) => unfolded.more(one.path, one.start)}
          onDelete={(one) => {
            if (canRun && now.state !== "ended") setDeleting(one.item.name);
          }}
          onType={(letter) => {
            setText(letter);
            filter.current?.focus();
          }}
          table={table}
        />
      )}
      {row?.kind === "item" && (
        <Details
          item={row.item}
          isTop={row.depth === 0}
          canRun={canRun && now.state !== "ended"}
          drawn={drawn?.key === selected ? drawn.drawn : null}
          cellName={props.cellName}
          onGoTo={props.goTo}
          onCopy={() => copy(row.item.name)}
          onPlot={() => plot(row.path)}
          onClosePlot={() => setDrawn(null)}
          onDelete={() => setDeleting(row.item.name)}
          onOpen={
            canRun && now.state !== "ended" && row.item.frame === true && row.depth === 0
              ? () => props.openFrame(row.item.name)
              : null
          }
        />
      )}
      {deleting !== null && (
        <ConfirmDialog
          open
          onOpenChange={() => setDeleting(null)}
          title={t`Delete ${deleting}?`}
          action="Delete"
          danger
          onConfirm={() => remove(deleting)}
        >{t`The variable is gone for everybody in this notebook. The cell that sets it can set it again.`}</ConfirmDialog>
      )}
    </>
  );
}

/** What stands where no variables are. */
function Nothing({ now, notebook, canRun }: { now: VariablesNow; notebook: string; canRun: boolean }) {
  if (now.state === "unavailable" || now.state === "late") {
    return (
      <EmptyState icon={Boxes} title={t`The variables cannot be shown`} heading="h3">
        {stateText(now)?.text}
      </EmptyState>
    );
  }
  if (now.state === "unknown") {
    return (
      <EmptyState
        icon={Boxes}
        title={t`Nothing is known yet`}
        heading="h3"
        actions={
          canRun ? (
            <Button
              icon={RefreshCw}
              onClick={() => void api.variables(notebook).catch(() => undefined)}
            >{t`Ask the kernel`}</Button>
          ) : undefined
        }
      >{t`The variables appear after the next run.`}</EmptyState>
    );
  }
  const runs = now.state === "current";
  return (
    <EmptyState icon={Boxes} title={runs ? t`No variables yet` : t`No kernel runs`} heading="h3">
      {runs ? t`What a cell assigns appears here.` : t`Once a cell has run, its variables appear here.`}
    </EmptyState>
  );
}

/** Which rows are unfolded, and what is inside them; asked anew whenever the variables are. */
function useUnfolded(notebook: string, now: VariablesNow) {
  const [inside, setInside] = useState<ReadonlyMap<string, Inside>>(new Map());
  const open = useRef(new Map<string, Path>());

  const put = (key: string, next: Inside): void =>
    setInside((before) => (open.current.has(key) ? new Map(before).set(key, next) : before));
  const ask = (path: Path, known: readonly Variable[] = []): void => {
    const key = keyOf(path);
    api.variableChildren(notebook, path, known.length).then(
      (found) => put(key, { state: "known", items: [...known, ...found.items], total: found.total }),
      (failure: unknown) => put(key, { state: "failed", reason: reasonOf(failure) }),
    );
  };

  const { asOf } = now;
  useEffect(() => {
    for (const path of open.current.values()) ask(path);
    // A new snapshot is the only reason to ask again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asOf, notebook]);

  return {
    inside,
    toggle: (path: Path): void => {
      const key = keyOf(path);
      if (open.current.delete(key)) {
        setInside((before) => {
          const after = new Map(before);
          after.delete(key);
          return after;
        });
        return;
      }
      open.current.set(key, path);
      put(key, { state: "asking" });
      ask(path);
    },
    more: (path: Path, start: number): void => {
      const known = inside.get(keyOf(path));
      if (known?.state === "known" && known.items.length === start) ask(path, known.items);
    },
  };
}

const reasonOf = (failure: unknown): string =>
  failure instanceof ApiError ? failure.message : t`The server did not answer. Try again.`;
