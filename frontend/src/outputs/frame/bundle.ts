/** One output of a notebook file, drawn inside the frame: what an Output widget holds. */
import { ansiToHtml } from "../ansi";
import { asText } from "../fetching";

export interface NbOutput {
  output_type?: string;
  data?: Readonly<Record<string, unknown>>;
  text?: unknown;
  traceback?: unknown;
}

export async function drawOutput(place: HTMLElement, output: NbOutput): Promise<void> {
  if (output.output_type === "stream") {
    preformatted(place, asText(output.text));
  } else if (output.output_type === "error") {
    preformatted(place, Array.isArray(output.traceback) ? output.traceback.join("\n") : "");
    place.classList.add("frame-error");
  } else {
    await drawBundle(place, output.data ?? {});
  }
}

async function drawBundle(place: HTMLElement, data: Readonly<Record<string, unknown>>): Promise<void> {
  const named = (pattern: RegExp): string | undefined => Object.keys(data).find((mime) => pattern.test(mime));
  const plotly = named(/^application\/vnd\.plotly\./);
  const vega = named(/^application\/vnd\.vega(lite)?\./);
  const image = named(/^image\/(png|jpeg|gif|webp)$/);
  if (plotly !== undefined) {
    const { drawPlotly } = await import("./plotly");
    await drawPlotly(place, JSON.stringify(data[plotly]), document.documentElement.dataset["theme"] === "dark");
  } else if (vega !== undefined) {
    const { draw } = await import("../../charts/vega");
    await draw(place, data[vega] as Record<string, unknown>, vega.includes("vegalite") ? "vega-lite" : "vega");
  } else if (data["text/html"] !== undefined) {
    const { drawHtml } = await import("./html");
    await drawHtml(place, asText(data["text/html"]));
  } else if (image !== undefined) {
    picture(place, `data:${image};base64,${asText(data[image]).replace(/\s/g, "")}`);
  } else if (data["image/svg+xml"] !== undefined) {
    picture(place, `data:image/svg+xml;charset=utf-8,${encodeURIComponent(asText(data["image/svg+xml"]))}`);
  } else {
    preformatted(place, asText(data["text/plain"] ?? data["text/markdown"] ?? ""));
  }
}

function preformatted(place: HTMLElement, text: string): void {
  const pre = document.createElement("pre");
  pre.innerHTML = ansiToHtml(text); // escapes everything that it does not write itself
  place.append(pre);
}

function picture(place: HTMLElement, address: string): void {
  const image = document.createElement("img");
  image.src = address;
  image.alt = "Output of the widget";
  place.append(image);
}
