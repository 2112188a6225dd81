/** Names the handles of sliders by what their widget is called: for screen readers they have no name of their own. */
import type { WidgetView } from "@jupyter-widgets/base";

/** Name the handles of a view that shows, and again when its description changes. */
export function nameHandles(view: WidgetView): void {
  const { model } = view;
  const name = (): void => {
    const given: unknown = model.get("description");
    const label = typeof given === "string" && given !== "" ? given : "Value";
    const handles = [...view.el.querySelectorAll('[role="slider"]')];
    for (const [place, handle] of handles.entries())
      handle.setAttribute("aria-label", handles.length < 2 ? label : `${label}, ${place === 0 ? "from" : "to"}`);
  };
  if (model.get("_model_module") !== "@jupyter-widgets/controls" || !model.has("readout")) return;
  void view.displayed.then(name);
  view.listenTo(model, "change:description", name);
}
