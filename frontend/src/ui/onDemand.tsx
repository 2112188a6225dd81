/** Parts of a page whose code is fetched when they are first shown. Out of reach, they say so, and the page stays. */

import { t } from "@lingui/core/macro";
import { useEffect, useState, type ComponentType, type ReactElement, type ReactNode } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

/** How long a page is left alone before it fetches what may be opened, in milliseconds. */
const SETTLED_MS = 10_000;

type Load<Props> = () => Promise<ComponentType<Props>>;

interface Opened {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

interface Code<Props> {
  Part: ComponentType<Props> | null;
  isMissing: boolean;
}

/** Returns a hook that fetches the code once for all who use it; a browser does not try again before a reload. */
function codeFrom<Props>(load: Load<Props>): (isWanted: boolean) => Code<Props> {
  let here: ComponentType<Props> | null = null;
  return function useCode(isWanted) {
    const [Part, setPart] = useState(() => here);
    const [isMissing, setIsMissing] = useState(false);
    useEffect(() => {
      if (!isWanted || Part !== null || isMissing) return undefined;
      let isAwaited = true;
      load().then(
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
    return { Part, isMissing };
  };
}

/** A part in the flow of the page. Until it is here, `waiting` stands in its place. */
export function partOnDemand<Props extends object>(
  load: Load<Props>,
  waiting: (props: Props) => ReactNode = () => null,
): (props: Props) => ReactElement {
  const useCode = codeFrom(load);
  return function PartOnDemand(props) {
    const { Part, isMissing } = useCode(true);
    if (Part !== null) return <Part {...props} />;
    if (!isMissing) return <>{waiting(props)}</>;
    return (
      <p role="status" className="flex flex-wrap items-center gap-2 p-2 text-sm text-fg2">
        {outOfReach()}
        <Reload />
      </p>
    );
  };
}

/** A dialog, fetched when it is opened or when the page has settled, so that it mostly opens at once, and offline. */
export function dialogOnDemand<Props extends Opened>(load: Load<Props>): (props: Props) => ReactElement | null {
  const useCode = codeFrom(load);
  return function DialogOnDemand(props) {
    const { Part, isMissing } = useCode(props.open);
    useEffect(() => {
      const timer = setTimeout(() => void load().catch(() => undefined), SETTLED_MS);
      return () => clearTimeout(timer);
    }, []);
    if (Part !== null) return <Part {...props} />;
    if (!isMissing) return null;
    return (
      <Dialog
        open={props.open}
        onOpenChange={props.onOpenChange}
        title={t`Out of reach`}
        description={outOfReach()}
        footer={<Reload />}
      />
    );
  };
}

const outOfReach = (): string =>
  t`This part of the page could not be fetched. When the connection is back, reload the page: nothing is lost.`;

function Reload() {
  return <Button size="small" onClick={() => window.location.reload()}>{t`Reload the page`}</Button>;
}
