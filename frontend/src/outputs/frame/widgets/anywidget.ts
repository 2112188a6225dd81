/** Hosts anywidget: a widget whose frontend is an ES module in its own state. */
import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";

interface Model {
  get: (key: string) => unknown;
  set: (key: string, value: unknown) => void;
  save_changes: () => void;
  on: (event: string, callback: (...args: unknown[]) => void) => void;
  off: (event?: string | null, callback?: (...args: unknown[]) => void) => void;
  send: (content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]) => void;
  widget_manager: unknown;
}
/** What a hook returns may be what ends its work. */
type Hook<T> = (given: T) => unknown;
interface Definition {
  initialize?: Hook<{ model: Model; signal: AbortSignal; experimental: object }>;
  render?: Hook<{ model: Model; el: HTMLElement; signal: AbortSignal; experimental: object }>;
}

/** What the widget's code gets of its model: everything that it adds for itself goes with `signal`. */
function handedOut(model: DOMWidgetModel, signal: AbortSignal): Model {
  const added: [string, (...args: unknown[]) => void][] = [];
  signal.addEventListener("abort", () => {
    for (const [event, callback] of added) model.off(event, callback);
  });
  return {
    get: (key) => model.get(key) as unknown,
    set: (key, value) => {
      model.set(key, value);
    },
    save_changes: () => model.save_changes(),
    on: (event, callback) => {
      added.push([event, callback]);
      model.on(event, callback);
    },
    off: (event, callback) => {
      for (const [known, own] of added)
        if ((event ?? known) === known && (callback ?? own) === own) model.off(known, own);
    },
    send: (content, _callbacks, buffers) => model.send(content as never, undefined, buffers),
    widget_manager: model.widget_manager,
  };
}

function endWith(signal: AbortSignal, end: unknown): void {
  if (typeof end === "function") signal.addEventListener("abort", () => void (end as () => unknown)());
}

async function definitionOf(esm: unknown): Promise<Definition> {
  if (typeof esm !== "string") throw new Error("This widget brings no code.");
  const address = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try {
    const module = (await import(/* @vite-ignore */ address)) as { default?: unknown; render?: unknown };
    const made: unknown =
      typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
    if (typeof made === "object" && made !== null) return made;
    if (typeof module.render === "function") return module as Definition;
    throw new Error("This widget's code exports nothing that could be drawn.");
  } finally {
    URL.revokeObjectURL(address);
  }
}

let styles = 0;

function styled(model: DOMWidgetModel): () => void {
  const css: unknown = model.get("_css");
  if (typeof css !== "string" || css === "") return () => undefined;
  const style = document.createElement("style");
  style.id = `anywidget-${String((styles += 1))}`;
  style.textContent = css;
  document.head.append(style);
  return () => style.remove();
}

/** Backbone calls `initialize` before the fields of a class exist, so these classes have none of their own. */
export class AnyModel extends DOMWidgetModel {
  declare definition: Promise<Definition>;
  declare life: AbortController;

  override initialize(attributes: never, options: never): void {
    super.initialize(attributes, options);
    this.begin();
    // A library under development sends its code again when the file changes.
    this.on("change:_esm", () => {
      this.life.abort();
      this.begin();
      this.trigger("anywidget:again");
    });
  }

  begin(): void {
    const life = (this.life = new AbortController());
    this.definition = definitionOf(this.get("_esm")).then(async (definition) => {
      const model = handedOut(this, life.signal);
      const end = await definition.initialize?.({ model, signal: life.signal, experimental: {} });
      endWith(life.signal, end);
      return definition;
    });
    this.definition.catch(() => undefined); // each view says what went wrong
  }
}

export class AnyView extends DOMWidgetView {
  declare life: AbortController | undefined;

  override async render(): Promise<void> {
    this.listenTo(this.model, "anywidget:again", () => void this.draw());
    await this.draw();
  }

  override remove(): void {
    this.life?.abort();
    super.remove();
  }

  async draw(): Promise<void> {
    this.life?.abort();
    this.el.replaceChildren();
    const life = (this.life = new AbortController());
    const own: unknown = this.model;
    if (!(own instanceof AnyModel)) return;
    life.signal.addEventListener("abort", styled(own));
    const definition = await own.definition;
    const model = handedOut(own, life.signal);
    const end = await definition.render?.({ model, el: this.el, signal: life.signal, experimental: {} });
    endWith(life.signal, end);
  }
}
