/** An interactive widget: its models come from the server, its picture is drawn in the frame, moves go to the kernel. */
import { t } from "@lingui/core/macro";
import { useCallback, useState, useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import { CommandRefused } from "../wire/commands";
import type { WidgetModel, WidgetNews } from "../wire/widgets";
import { currentTheme, FrameBox, type FrameSession } from "./FrameBox";
import { moveLength, type FrameModel, type FrameMove, type ToFrame } from "./frame/messages";
import type { OutputPlace } from "./types";
import { hangingTogether, referencesIn } from "./widgetGraph";

const GONE = t`The kernel that drew this is gone. Run the cell again.`;
const TOO_LARGE = t`A widget can hand over at most 24 MB. Put the file into the project and read it there.`;
const WAITS_AFTER_MS = 400;
/** From so many characters on, what takes time is the way to the server. */
const LARGE = 1_000_000;

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

interface Shown {
  setDrawn: (drawn: boolean) => void;
  setUnknown: (why: string | null) => void;
  setWaits: (why: string | null) => void;
  setRefused: (why: string | null) => void;
}

/** Tie one frame to the widgets of the notebook, for as long as the frame lives. */
function connect(widget: string, place: OutputPlace, post: (message: ToFrame) => void, shown: Shown): FrameSession {
  const { widgets, movable } = place;
  const known = new Set<string>();
  const underway = new Set<number>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let sending: string | null = null;

  const add = (roots: Iterable<string>): void => {
    const models = hangingTogether(widgets.models, roots, known);
    if (models.length === 0) return;
    for (const model of models) known.add(model.id);
    post({ kind: "models", models: models.map(handedIn) });
  };
  const mayMove = (): boolean => movable.get() && widgets.models.get(widget)?.alive === true;
  const tellMovable = (): void => post({ kind: "movable", movable: mayMove() });

  const hear = (news: WidgetNews): void => {
    switch (news.event) {
      case "loaded":
        for (const id of known) {
          const model = widgets.models.get(id);
          if (model === undefined) continue;
          add(referencesIn(model.state));
          post({ kind: "update", widget: id, state: model.state, buffers: model.buffers, echo: [] });
        }
        tellMovable();
        break;
      case "opened":
        // A link names widgets that are there already; everything else comes when it is referred to.
        if (!known.has(news.model.id))
          add([...referencesIn(news.model.state)].some((id) => known.has(id)) ? [news.model.id] : []);
        break;
      case "updated":
        if (!known.has(news.id)) break;
        add(referencesIn(news.state));
        post({
          kind: "update",
          widget: news.id,
          state: news.state,
          buffers: news.buffers ?? [],
          echo: news.echo ?? [],
        });
        break;
      case "said":
        if (known.has(news.id))
          post({ kind: "said", widget: news.id, content: news.content ?? null, buffers: news.buffers ?? [] });
        break;
      case "closed":
        if (known.delete(news.id)) post({ kind: "closed", widget: news.id });
        break;
      case "ended":
        tellMovable();
        break;
      case "moved":
        break;
    }
  };

  const look = (): void => {
    if (underway.size === 0) {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      sending = null;
      shown.setWaits(null);
    } else timer ??= setTimeout(() => shown.setWaits(sending ?? t`Waits until the kernel is free.`), WAITS_AFTER_MS);
  };
  const move = async (message: FrameMove): Promise<void> => {
    if (!known.has(message.widget) || !mayMove()) return;
    const length = moveLength(message);
    if (length === null) {
      shown.setRefused(TOO_LARGE);
      return;
    }
    if (length > LARGE) sending = t`Handing over ${((length * 3) / 4 / 1e6).toFixed(1)} MB…`;
    const { method, state, content, paths, buffers } = message;
    try {
      await widgets.move({ widget: message.widget, method, state, content, paths, buffers });
      shown.setRefused(null);
    } catch (error) {
      shown.setRefused(error instanceof CommandRefused ? error.message : t`This could not be sent. Try again.`);
    }
  };

  add([widget]);
  tellMovable();
  post({ kind: "show", widget });
  const stop = [widgets.watch(hear), movable.subscribe(tellMovable)];
  return {
    receive: (message) => {
      if (message.kind === "rendered") shown.setDrawn(true);
      else if (message.kind === "unknown") shown.setUnknown(message.text);
      else if (message.kind === "library") {
        const { name } = message;
        void place.widgetLibrary(name).then((code) => post({ kind: "library", name, code }));
      } else if (message.kind === "move") {
        underway.add(message.number);
        look();
        void move(message).finally(() => {
          underway.delete(message.number);
          look();
          post({ kind: "done", number: message.number });
        });
      }
    },
    close: () => {
      for (const each of stop) each();
      if (timer !== null) clearTimeout(timer);
      shown.setWaits(null);
    },
  };
}

const handedIn = ({ id, state, buffers }: WidgetModel): FrameModel => ({ id, state, buffers });
