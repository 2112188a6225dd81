/** Which rows a grid shows: the stored ones, or the kernel's as soon as somebody asks for more than is stored. */
import { t } from "@lingui/core/macro";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { isWhole, storedRows, type Column, type Frame } from "./bundle";
import { rowsText } from "./format";
import type { FrameHost } from "./host";
import { canTell } from "./local";
import { RemoteTable, troubleOf, type Trouble } from "./remote";
import { storedSource, type RowSource } from "./source";
import { isPlainRows, type GridView, type RowsView } from "./view";

export interface Table {
  readonly source: RowSource;
  readonly columns: readonly Column[];
  readonly index: readonly Column[];
  /** The table in the kernel, once it is open. */
  readonly remote: RemoteTable | null;
  /** Why nothing can be sorted, filtered or searched, or null. */
  readonly waits: string | null;
  readonly trouble: Trouble | null;
  readonly isOpening: boolean;
  /** Whether the kernel can be asked for what is not stored. */
  readonly canConnect: boolean;
  /** Get everything from the kernel; also anew, after the table changed. */
  readonly connect: () => void;
}

const nothing = (): (() => void) => () => undefined;

export function useTable(frame: Frame, table: string | null, host: FrameHost | null, view: GridView): Table {
  const canRun = useSyncExternalStore(host?.rights.subscribe ?? nothing, () => host?.rights.get().has("RUN") ?? false);
  const { sort, filters, search } = view;
  const rows = useMemo<RowsView>(() => ({ sort, filters, search }), [sort, filters, search]);
  const [remote, setRemote] = useState<RemoteTable | null>(null);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [isOpening, setIsOpening] = useState(false);
  const round = useRef(0);
  useSyncExternalStore(remote?.subscribe ?? nothing, remote?.version ?? zero);

  const whole = isWhole(frame);
  const stored = useMemo(() => storedSource(frame, whole ? rows : null), [frame, whole, rows]);
  const mayConnect = canRun && table !== null && host !== null;

  const connect = useCallback(() => {
    if (host === null || table === null) return;
    const now = ++round.current;
    setIsOpening(true);
    RemoteTable.open((question, signal) => host.ask(table, question, signal), rows, frame).then(
      (opened) => {
        if (now !== round.current) return;
        setIsOpening(false);
        setProblem(null);
        setRemote((before) => {
          before?.close();
          return opened;
        });
      },
      (error: unknown) => {
        if (now !== round.current) return;
        setIsOpening(false);
        setProblem(troubleOf(error));
      },
    );
  }, [host, table, frame, rows]);

  useEffect(() => remote?.setView(rows), [remote, rows]);
  useEffect(
    () => () => {
      round.current += 1;
    },
    [],
  );
  useEffect(() => () => remote?.close(), [remote]);

  // A view of more than is stored asks the kernel by itself.
  const isEnough = isPlainRows(rows) || (whole && canTell(frame, rows));
  const needsKernel = !isEnough && mayConnect && remote === null && problem === null && !isOpening;
  useEffect(() => {
    if (!needsKernel) return undefined;
    const timer = setTimeout(connect);
    return () => clearTimeout(timer);
  }, [needsKernel, connect]);

  const waits =
    whole || remote !== null || (mayConnect && problem === null)
      ? null
      : (problem?.reason ?? t`Only the first ${rowsText(storedRows(frame))} are stored here. ${whoCanSee(canRun)}`);
  return {
    source: remote ?? stored,
    columns: remote?.state.columns ?? frame.columns,
    index: remote?.state.index ?? frame.index,
    remote,
    waits,
    trouble: remote?.state.trouble ?? problem,
    canConnect: mayConnect && problem === null,
    isOpening: isOpening || (remote?.state.isWaiting ?? false),
    connect,
  };
}

const zero = (): number => 0;
const whoCanSee = (canRun: boolean): string =>
  canRun ? t`Run the cell to see all of them.` : t`Somebody who may run can see all of them.`;
