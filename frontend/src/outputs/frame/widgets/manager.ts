/** Makes models and views of the widgets that the page hands in, and finds their classes. */
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { Widget } from "@lumino/widgets";
import type { FrameModel } from "../messages";
import { AnyModel, AnyView } from "./anywidget";
import { bytesOf } from "./bytes";
import { FrameComm, type Send } from "./comm";
import type { Libraries } from "./library";
import { typeset } from "./math";
import { nameHandles } from "./names";
import { OutputModel, OutputView } from "./output";

type Classes = Readonly<Record<string, unknown>>;

const OWN: Readonly<Record<string, Classes>> = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/output": { OutputModel, OutputView },
  anywidget: { AnyModel, AnyView },
};

export class Manager extends ManagerBase {
  /** Where labels look for what sets their mathematics. */
  readonly _rendermime = { latexTypesetter: { typeset: (element: HTMLElement) => void typeset(element) } };
  readonly #comms = new Map<string, FrameComm>();
  readonly #states = new Map<string, FrameModel["state"]>();

  constructor(
    private readonly libraries: Libraries,
    private readonly send: Send,
  ) {
    super();
  }

  comm(id: string): FrameComm | undefined {
    return this.#comms.get(id);
  }

  /** Begin with models that may refer to each other; one of a known id takes the place of the earlier one. */
  add(models: readonly FrameModel[]): void {
    for (const model of models) {
      const state: Record<string, unknown> = { ...model.state };
      const paths = model.buffers.map((each) => [...each.path]);
      base.put_buffers(
        state as never,
        paths,
        model.buffers.map((each) => bytesOf(each.data)),
      );
      this.#states.set(model.id, model.state);
      const comm = new FrameComm(model.id, this.send);
      this.#comms.set(model.id, comm);
      const made = this.new_model(
        {
          model_name: String(state["_model_name"]),
          model_module: String(state["_model_module"]),
          model_module_version: String(state["_model_module_version"]),
          model_id: model.id,
          comm,
        },
        state,
      );
      made.catch(() => undefined); // whoever shows it says so
    }
  }

  /** The keys of a model that wait to be sent. */
  async buffered(id: string): Promise<readonly string[]> {
    const model = (await this.get_model(id)) as unknown as { _msg_buffer: object | null };
    return Object.keys(model._msg_buffer ?? {});
  }

  /** Find the classes of a model; rejects where one is not known, which models and views themselves would hide. */
  async demandClasses(id: string): Promise<void> {
    const state = this.#states.get(id) ?? {};
    for (const part of ["model", "view"])
      await this.loadClass(String(state[`_${part}_name`]), String(state[`_${part}_module`]));
  }

  async showIn(place: HTMLElement, id: string): Promise<base.DOMWidgetView> {
    const model: unknown = await this.get_model(id);
    const view: unknown = model instanceof base.DOMWidgetModel ? await this.create_view(model) : null;
    if (!(view instanceof base.DOMWidgetView)) throw new Error("This widget has nothing to show.");
    Widget.attach(view.luminoWidget, place);
    return view;
  }

  override async create_view<VT extends base.WidgetView = base.WidgetView>(
    model: base.WidgetModel,
    options?: unknown,
  ): Promise<VT> {
    const view = await super.create_view<VT>(model, options);
    nameHandles(view);
    return view;
  }

  protected override async loadClass(name: string, module: string): Promise<never> {
    const classes = await this.#classesOf(module);
    const found = classes[name];
    if (typeof found !== "function") throw new Error(`The widget ${name} of ${module} is not known here.`);
    return found as never;
  }

  protected override _create_comm(): Promise<base.IClassicComm> {
    return Promise.reject(new Error("Widgets are made by code in a cell."));
  }

  protected override _get_comm_info(): Promise<Record<string, never>> {
    return Promise.resolve({});
  }

  async #classesOf(module: string): Promise<Classes> {
    if (module === "@jupyter-widgets/controls") return (await import("./controls")).controls;
    return OWN[module] ?? (await this.libraries.get(module));
  }
}
