/** HTML and JavaScript of outputs, run inside the frame. */
import { standIn } from "./libraries";

/** Show HTML and run its scripts, one after the other. */
export async function drawHtml(root: HTMLElement, html: string): Promise<void> {
  const page = foliumPage(html);
  if (page !== null) {
    root.classList.add("paper", "map");
    await drawHtml(root, page);
    return;
  }
  const template = document.createElement("template");
  template.innerHTML = html;
  // Style sheets of the network are refused anyway; without them nothing is reported that nobody misses.
  for (const link of template.content.querySelectorAll("link[rel=stylesheet]")) link.remove();
  root.replaceChildren(template.content);
  if (window.Bokeh !== undefined || /bokeh/i.test(html)) root.classList.add("paper");
  await runScripts(root);
}

export function drawScript(root: HTMLElement, code: string): void {
  const script = document.createElement("script");
  // Outputs written for Jupyter expect the variable `element`.
  script.textContent = `{ const element = document.getElementById("output");\n${code}\n}`;
  root.append(script);
}

/** Scripts set through innerHTML do not run; replace each by a copy that does. */
async function runScripts(root: HTMLElement): Promise<void> {
  for (const old of [...root.querySelectorAll("script")]) {
    const known = old.src === "" ? null : standIn(old.src);
    if (known !== null) {
      await known();
      old.remove();
      continue;
    }
    const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    if (script.src === "") {
      old.replaceWith(script);
      continue;
    }
    await new Promise((resolve) => {
      script.addEventListener("load", resolve);
      script.addEventListener("error", resolve);
      old.replaceWith(script);
    });
  }
}

/**
 * The page of a map of folium, which wraps it into a frame of its own; null for other HTML.
 *
 * Drawn without that frame: it would have the policy of this one, but not what stands in for its libraries.
 */
export function foliumPage(html: string): string | null {
  if (!html.includes("srcdoc") || !/leaflet/i.test(html)) return null;
  const inner = new DOMParser().parseFromString(html, "text/html").querySelector("iframe[srcdoc]");
  const source = inner?.getAttribute("srcdoc") ?? "";
  if (!source.includes("folium-map")) return null;
  const page = new DOMParser().parseFromString(source, "text/html");
  return page.head.innerHTML + page.body.innerHTML;
}
