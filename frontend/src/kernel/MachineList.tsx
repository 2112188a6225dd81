import { t } from "@lingui/core/macro";
import type { UseQueryResult } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { Loading, Skeleton } from "../ui/Skeleton";
import { Switch } from "../ui/Switch";
import { toast } from "../ui/Toast";
import { freeText, priceText, sizeParts } from "../model/hardware";
import type { KernelState } from "../model/kernel";
import { reasonOf, type Hardware, type Schemas } from "../wire/http";
import { Keepable } from "./Keepable";
import type { KernelActions } from "./KernelChip";

export interface MachineListProps {
  machines: UseQueryResult<Schemas["HardwareChoices"]>;
  /** The class of the living kernel. */
  current: string | null;
  currentName: string;
  notebook: string;
  state: KernelState;
  /** Whether a change ends a session with variables. */
  alive: boolean;
  blocked: boolean;
  actions: KernelActions;
  close: () => void;
}

/** The machines there are, each with what is free and what it costs; the ones that cannot be taken say why. */
export function MachineList(props: MachineListProps) {
  const { machines } = props;
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="machine-list">
      <h2 id={heading}>{t`Change machine`}</h2>
      {machines.isPending ? (
        <Loading label={t`Loading the machines`}>
          <div className="space-y-2">
            <Skeleton className="h-14 w-full" />
            <Skeleton className="h-14 w-full" />
          </div>
        </Loading>
      ) : machines.isError && machines.data === undefined ? (
        <div className="flex items-center gap-2 text-fg2">
          <span className="min-w-0 flex-1">{reasonOf(machines.error)}</span>
          <Button size="small" onClick={() => void machines.refetch()}>{t`Try again`}</Button>
        </div>
      ) : machines.data.items.length === 0 ? (
        <p className="text-fg2">{t`This site has no machines yet. An admin of the site adds them.`}</p>
      ) : (
        <ul>
          {machines.data.items.map((machine) => (
            <Machine
              key={machine.id}
              {...props}
              machine={machine}
              isNext={(machines.data.chosen ?? machines.data.usual) === machine.id}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface MachineProps extends MachineListProps {
  machine: Hardware;
  /** The next kernel gets this one. */
  isNext: boolean;
}

function Machine({ machine, isNext, ...list }: MachineProps) {
  const { current, alive, blocked, actions } = list;
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const isHere = current === null ? isNext : current === machine.id;
  const pick = async (): Promise<void> => {
    if (alive && current !== machine.id) {
      setIsAsking((was) => !was);
      return;
    }
    setIsBusy(true);
    if (await actions.choose(machine.id)) toast(t`The next kernel of this project starts on ${machine.label}.`);
    setIsBusy(false);
  };
  const isStill = blocked || isBusy || (isHere && isNext);
  const mark = isHere && (
    <span className="machine-mark">
      <Check size={14} aria-hidden />
      {current === null ? t`Chosen` : t`In use`}
    </span>
  );
  return (
    <li className="machine" data-here={isHere || undefined}>
      {machine.can_take ? (
        <button
          type="button"
          className="machine-row"
          aria-pressed={isHere}
          aria-expanded={alive && !isHere ? isAsking : undefined}
          // Not `disabled`, which would take the focus away from whoever has just chosen it.
          aria-disabled={isStill || undefined}
          onClick={() => {
            if (!isStill) void pick();
          }}
        >
          <Described machine={machine} mark={mark} note={!isHere && isNext ? t`from the next start` : ""} />
        </button>
      ) : (
        <div className="machine-row" data-closed>
          <Described machine={machine} mark={mark} note="" />
          <p className="machine-why">{machine.why_not}</p>
        </div>
      )}
      {isAsking && <Asking {...list} machine={machine} done={() => setIsAsking(false)} />}
    </li>
  );
}

function Described({ machine, mark, note }: { machine: Hardware; mark: React.ReactNode; note: string }) {
  const facts = [priceText(machine.price_per_hour)];
  if (machine.can_take) facts.push(freeText(machine), note);
  if (machine.internet) facts.push(t`with internet`);
  const line = facts.filter((part) => part !== "").join(" · ");
  const isFull = machine.can_take && machine.free === 0;
  const hasNone = machine.can_take && (machine.free ?? 0) === 0;
  return (
    <>
      <span className="machine-head">
        <span className="machine-name">{machine.label}</span>
        {mark}
        <span className="machine-size figures">{sizeParts(machine).join(" · ")}</span>
      </span>
      {machine.description !== "" && <span className="machine-facts">{machine.description}</span>}
      {line !== "" && (
        <span className="machine-facts figures" data-none={isFull || undefined}>
          {line}
        </span>
      )}
      {hasNone && machine.reason !== "" && <span className="machine-facts">{machine.reason}</span>}
    </>
  );
}

/** Before a living session is given up: what is lost, what can be kept, and the way to wait with it. */
function Asking({
  machine,
  currentName,
  notebook,
  state,
  blocked,
  actions,
  close,
  done,
}: MachineListProps & { machine: Hardware; done: () => void }) {
  const [keeps, setKeeps] = useState(true);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = box.current;
    if (node === null) return;
    // It grows when the list comes, and the buttons are to be seen with it.
    const watch = new ResizeObserver(() => node.scrollIntoView({ block: "nearest" }));
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  const act = async (work: Promise<boolean>, said: string): Promise<void> => {
    setBusy(true);
    const taken = await work;
    setBusy(false);
    if (!taken) return;
    toast(said);
    done();
    close();
  };
  return (
    <div ref={box} className="machine-asking">
      <p>
        {t`This ends the session on ${currentName}, for everybody in this notebook.`}{" "}
        {!keeps
          ? t`Text and outputs stay; all variables are lost.`
          : state === "busy"
            ? t`Text and outputs stay; what runs is interrupted.`
            : t`Text and outputs stay.`}
      </p>
      <Switch
        label={t`Keep the variables that can be kept`}
        hint={t`Saved one by one, and restored there.`}
        checked={keeps}
        onChange={setKeeps}
      />
      {keeps && <Keepable notebook={notebook} state={state} />}
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          kind="primary"
          busy={busy}
          disabled={blocked}
          onClick={() => void act(actions.change(machine.id, keeps), t`Moving to ${machine.label}.`)}
        >{t`Change now`}</Button>
        <Button
          size="small"
          disabled={busy || blocked}
          onClick={() =>
            void act(actions.choose(machine.id), t`The next kernel of this project starts on ${machine.label}.`)
          }
        >{t`At the next start`}</Button>
        <Button size="small" kind="ghost" onClick={done}>{t`Cancel`}</Button>
      </div>
    </div>
  );
}
