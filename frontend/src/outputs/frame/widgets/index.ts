/** The widgets of one output frame: takes what the page sends, tells what somebody does. */
import "@fortawesome/fontawesome-free/css/fontawesome.css";
import "@fortawesome/fontawesome-free/css/solid.css";
import "@jupyter-widgets/base/css/index.css";
import "@lumino/widgets/style/index.css";
import "./widgets.css";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type { FromFrame, ToFrame } from "../messages";
import { Libraries } from "./library";
import { Manager } from "./manager";

export type WidgetMessage = Exclude<ToFrame, { kind: "render" | "theme" }>;

export class Widgets {
  readonly #libraries: Libraries;
  readonly #manager: Manager;
  readonly #waiting = new Map<number, () => void>();
  #number = 0;
  #movable = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly send: (message: FromFrame) => void,
  ) {
    this.#libraries = new Libraries(send);
    this.#manager = new Manager(this.#libraries, (move, done) => {
      const number = (this.#number += 1);
      if (!this.#movable) {
        done();
        return number;
      }
      this.#waiting.set(number, done);
      send({ kind: "move", number, ...move });
      return number;
    });
  }

  take(message: WidgetMessage): void {
    switch (message.kind) {
      case "models":
        this.#manager.add(message.models);
        break;
      case "show":
        void this.#show(message.widget);
        break;
      case "update":
        void this.#manager.buffered(message.widget).then(
          (buffered) =>
            this.#manager.comm(message.widget)?.update(message.state, message.buffers, message.echo, buffered),
          () => undefined,
        );
        break;
      case "said":
        void this.#manager.get_model(message.widget).then(
          () => this.#manager.comm(message.widget)?.said(message.content, message.buffers),
          () => undefined,
        );
        break;
      case "closed":
        this.#manager.comm(message.widget)?.closed();
        break;
      case "done": {
        const done = this.#waiting.get(message.number);
        this.#waiting.delete(message.number);
        done?.();
        break;
      }
      case "movable":
        this.#movable = message.movable;
        this.root.inert = !message.movable;
        if (!message.movable) this.#dropWaiting();
        break;
      case "library":
        this.#libraries.answer(message.name, message.code);
        break;
    }
  }

  #dropWaiting(): void {
    for (const done of this.#waiting.values()) done();
    this.#waiting.clear();
  }

  async #show(widget: string): Promise<void> {
    const place = document.createElement("div");
    place.className = "widget-place";
    try {
      await this.#manager.demandClasses(widget);
      this.root.replaceChildren(place);
      const view = await this.#manager.showIn(place, widget);
      const resize = (): void => {
        const shown = view.luminoWidget;
        MessageLoop.postMessage(shown, Widget.ResizeMessage.UnknownSize);
      };
      window.addEventListener("resize", resize);
      view.once("remove", () => window.removeEventListener("resize", resize));
      this.send({ kind: "rendered" });
    } catch (error) {
      this.send({ kind: "unknown", text: error instanceof Error ? error.message : String(error) });
    }
  }
}
