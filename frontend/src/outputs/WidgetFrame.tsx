/** An interactive widget: its models come from the server, its picture is drawn in the frame, moves go to the kernel. */
import { t } from "@lingui/core/macro";
import { useCallback, useState, useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import { currentTheme, FrameBox, type FrameSession } from "./FrameBox";
import type { ToFrame } from "./frame/messages";
import type { OutputPlace } from "./types";
import { connect } from "./widgetSession";

const GONE = t`The kernel that drew this is gone. Run the cell again.`;

interface Props {
  widget: string;
  place: OutputPlace;
  /** The text form, shown until the widget is drawn and where it cannot be. */
  fallback: ReactNode;
}

type Standing = "loading" | "alive" | "gone" | "missing";

export function WidgetFrame({ widget, place, fallback }: Props): ReactElement {
  const { widgets, movable } = place;
  const subscribe = useCallback(
    (listener: () => void) =>
      widgets.watch((news) => {
        if (news.event !== "updated" && news.event !== "said" && news.event !== "moved") listener();
      }),
    [widgets],
  );
  const standing = useSyncExternalStore(subscribe, (): Standing => {
    const model = widgets.models.get(widget);
    if (model !== undefined) return model.alive ? "alive" : "gone";
    return widgets.isLoaded ? "missing" : "loading";
  });
  const canMove = useSyncExternalStore(movable.subscribe, movable.get);
  const [drawn, setDrawn] = useState(false);
  const [unknown, setUnknown] = useState<string | null>(null);
  const [waits, setWaits] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);

  const begin = useCallback(
    (post: (message: ToFrame) => void): FrameSession => {
      post({ kind: "theme", ...currentTheme() });
      setDrawn(false);
      setUnknown(null);
      return connect(widget, place, post, { setDrawn, setUnknown, setWaits, setRefused });
    },
    [widget, place],
  );

  if (standing === "loading") return <>{fallback}</>;
  if (standing === "missing" || unknown !== null)
    return (
      <>
        {fallback}
        <p className="output-note">{unknown ?? GONE}</p>
      </>
    );
  return (
    <div className="output-widget" data-drawn={drawn || undefined}>
      {!drawn && fallback}
      <FrameBox title={t`Widget of ${place.label}`} identity={t`widget ${widget}`} begin={begin}>
        {drawn && standing === "gone" && <p className="output-note">{GONE}</p>}
        {drawn && standing === "alive" && !canMove && (
          <p className="output-note">{t`You see every change. People who may run can move this.`}</p>
        )}
        {waits !== null && standing === "alive" && (
          <p className="output-note" role="status">
            {waits}
          </p>
        )}
        {refused !== null && <p className="output-note">{refused}</p>}
      </FrameBox>
    </div>
  );
}
