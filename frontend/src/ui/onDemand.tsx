/** Parts of a page whose code is fetched when they are first shown. Out of reach, they say so, and the page stays. */

import { t } from "@lingui/core/macro";
import { useEffect, useState, type ComponentType, type ReactElement, type ReactNode } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { fetchCode } from "./code/fetchCode";
import { Spinner } from "./Spinner";

/** How long a page is left alone before it fetches what may be opened, in milliseconds. */
const SETTLED_MS = 10_000;
/** How long nothing is said of code that is on its way, in milliseconds. */
const QUIET_MS = 400;

type Load<Props> = () => Promise<ComponentType<Props>>;

interface Opened {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

interface Code<Props> {
  Part: ComponentType<Props> | null;
  isMissing: boolean;
  again: () => void;
}

interface Source<Props> {
  useCode: (isWanted: boolean) => Code<Props>;
  /** Fetches it before anybody wants it. */
  ahead: () => void;
}

/** Code that is fetched once for all who use it, and again when somebody asks or the network is back. */
function codeFrom<Props>(load: Load<Props>): Source<Props> {
  let here: ComponentType<Props> | null = null;
  const ahead = (): void =>
    void load()
      .then((part) => (here = part))
      .catch(() => undefined);
  function useCode(isWanted: boolean): Code<Props> {
    const [Part, setPart] = useState(() => here);
    const [isMissing, setIsMissing] = useState(false);
    useEffect(() => {
      if (!isWanted || Part !== null || isMissing) return undefined;
      let isAwaited = true;
      fetchCode(load).then(
        (part) => {
          here = part;
          if (isAwaited) setPart(() => part);
        },
        () => {
          if (isAwaited) setIsMissing(true);
        },
      );
      return () => {
        isAwaited = false;
      };
    }, [isWanted, Part, isMissing]);
    const again = (): void => setIsMissing(false);
    if (isMissing && !isWanted) setIsMissing(false); // who opens it anew asks anew
    useEffect(() => {
      if (!isMissing) return undefined;
      const back = (): void => setIsMissing(false);
      window.addEventListener("online", back);
      return () => window.removeEventListener("online", back);
    }, [isMissing]);
    return { Part, isMissing, again };
  }
  return { useCode, ahead };
}

/** A part in the flow of the page. Until it is here, `waiting` stands in its place. */
export function partOnDemand<Props extends object>(
  load: Load<Props>,
  waiting: (props: Props) => ReactNode = () => null,
): ((props: Props) => ReactElement | null) & { ahead: () => void } {
  const { useCode, ahead } = codeFrom(load);
  function PartOnDemand(props: Props): ReactElement | null {
    const { Part, isMissing, again } = useCode(true);
    if (Part !== null) return <Part {...props} />;
    if (isMissing) {
      return (
        <p role="status" className="flex flex-wrap items-center gap-2 p-2 text-sm text-fg2">
          {outOfReach()} <Again onAgain={again} />
        </p>
      );
    }
    const place = waiting(props);
    return place === null ? null : (
      <div data-waiting className="contents">
        {place}
      </div>
    );
  }
  return Object.assign(PartOnDemand, { ahead });
}

/** A dialog, fetched when it is opened or when the page has settled, so that it mostly opens at once, and offline. */
export function dialogOnDemand<Props extends Opened>(load: Load<Props>): (props: Props) => ReactElement | null {
  const { useCode, ahead } = codeFrom(load);
  return function DialogOnDemand(props) {
    const { Part, isMissing, again } = useCode(props.open);
    const isLate = useLate(props.open && Part === null);
    useEffect(() => {
      const timer = setTimeout(() => {
        if (navigator.onLine) ahead();
      }, SETTLED_MS);
      return () => clearTimeout(timer);
    }, []);
    if (Part !== null) return <Part {...props} />;
    if (!isMissing && !isLate) return null;
    const { open, onOpenChange } = props;
    return isMissing ? (
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title={t`Out of reach`}
        description={outOfReach()}
        footer={<Again onAgain={again} />}
      />
    ) : (
      <Dialog open={open} onOpenChange={onOpenChange} title={t`Loading…`}>
        <Spinner />
      </Dialog>
    );
  };
}

/** Whether something has lasted for long enough to say so. */
function useLate(lasts: boolean): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    if (!lasts) return undefined;
    const timer = setTimeout(() => setIsLate(true), QUIET_MS);
    return () => {
      clearTimeout(timer);
      setIsLate(false);
    };
  }, [lasts]);
  return isLate && lasts;
}

/** What is said of code that could not be fetched. */
export const outOfReach = (): string =>
  t`This part of the page could not be fetched: the connection is lost, or the server has a newer version. Nothing you wrote is lost.`;

function Again({ onAgain }: { onAgain: () => void }) {
  return (
    <>
      <Button size="small" onClick={onAgain}>{t`Try again`}</Button>
      <Button size="small" onClick={() => window.location.reload()}>{t`Reload the page`}</Button>
    </>
  );
}
