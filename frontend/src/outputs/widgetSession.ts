/** Ties a frame to the widgets of its notebook: hands in models and changes, passes moves on, tells what became of them. */
import { t } from "@lingui/core/macro";
import { CommandRefused } from "../wire/commands";
import type { WidgetModel, WidgetNews } from "../wire/widgets";
import type { FrameSession } from "./FrameBox";
import { moveLength, type FrameModel, type FrameMove, type ToFrame } from "./frame/messages";
import type { OutputPlace } from "./types";
import { hangingTogether, referencesIn } from "./widgetGraph";

const TOO_LARGE = t`A widget can hand over at most 24 MB. Put the file into the project and read it there.`;
const WAITS_AFTER_MS = 400;
/** From so many characters on, what takes time is the way to the server. */
const LARGE = 1_000_000;

/** What is told beside the frame. */
export interface Shown {
  setDrawn: (drawn: boolean) => void;
  setUnknown: (why: string | null) => void;
  setWaits: (why: string | null) => void;
  setRefused: (why: string | null) => void;
}

/** Begin with one widget; lasts as long as the frame lives. */
export function connect(
  widget: string,
  place: Pick<OutputPlace, "widgets" | "movable" | "widgetLibrary">,
  post: (message: ToFrame) => void,
  shown: Shown,
): FrameSession {
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

  /** While a move was on its way, the frame passed over what others did to the same keys: show what they came to. */
  const settle = ({ widget: id, state: moved }: FrameMove): void => {
    const model = widgets.models.get(id);
    if (model === undefined || !known.has(id)) return;
    const large = new Set(model.buffers.map((each) => String(each.path[0])));
    const keys = Object.keys(moved).filter((key) => key in model.state && !large.has(key));
    const state = Object.fromEntries(keys.map((key) => [key, model.state[key]]));
    if (keys.length > 0) post({ kind: "update", widget: id, state, buffers: [], echo: keys });
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
          settle(message);
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
