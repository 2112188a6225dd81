/** Bokeh's plots. Bokeh puts their places into an output of its own; the script says by what names it looks for them. */
import { drawScript } from "./html";
import { loadBokeh } from "./libraries";

export async function drawBokeh(root: HTMLElement, script: string): Promise<void> {
  await loadBokeh();
  root.classList.add("paper");
  for (const [model, id] of placesOf(script)) {
    const place = document.createElement("div");
    place.id = id;
    place.dataset["rootId"] = model;
    root.append(place);
  }
  drawScript(root, script);
}

/** The models that a script draws, and the ids of the elements that it draws them into. */
export function placesOf(script: string): [model: string, id: string][] {
  const found: [string, string][] = [];
  for (const [, roots] of script.matchAll(/"roots":\{((?:"[\w-]+":"[\w-]+",?)+)\}/g))
    for (const [, model, id] of (roots ?? "").matchAll(/"([\w-]+)":"([\w-]+)"/g)) found.push([model ?? "", id ?? ""]);
  return found;
}
