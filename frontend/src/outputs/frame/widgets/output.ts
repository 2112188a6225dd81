/** The Output widget: shows what its model holds. What it captures is the server's to decide. */
import { DOMWidgetModel, DOMWidgetView, type WidgetView } from "@jupyter-widgets/base";
import { drawOutput, type NbOutput } from "../bundle";
import type { Manager } from "./manager";

export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

export class OutputModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return { ...super.defaults(), msg_id: "", outputs: [] };
  }
}

export class OutputView extends DOMWidgetView {
  declare round: number | undefined;
  declare shown: WidgetView[] | undefined;

  override render(): void {
    this.el.classList.add("widget-output");
    this.listenTo(this.model, "change:outputs", () => void this.draw());
    void this.draw();
  }

  override remove(): void {
    this.dropShown();
    super.remove();
  }

  async draw(): Promise<void> {
    const round = (this.round = (this.round ?? 0) + 1);
    await this.displayed; // widgets among the outputs can only be put into what is on the page
    const outputs = (this.model.get("outputs") ?? []) as NbOutput[];
    const fresh = document.createElement("div");
    fresh.className = "widget-output-next";
    this.el.append(fresh);
    const children: WidgetView[] = [];
    for (const output of outputs) {
      const place = document.createElement("div");
      fresh.append(place);
      const view = output.data?.[WIDGET_VIEW];
      const id = typeof view === "object" && view !== null ? (view as { model_id?: unknown }).model_id : undefined;
      if (typeof id === "string") {
        const shown = await (this.model.widget_manager as unknown as Manager).showIn(place, id).catch(() => null);
        if (shown !== null) children.push(shown);
      } else await drawOutput(place, output);
      if (round !== this.round) {
        for (const child of children) child.remove();
        fresh.remove();
        return;
      }
    }
    this.dropShown();
    this.shown = children;
    fresh.className = "";
    this.el.replaceChildren(fresh);
  }

  dropShown(): void {
    for (const child of this.shown ?? []) child.remove();
    this.shown = [];
  }
}
