/**
 * The libraries that outputs ask a content network for, out of the wheel instead: each is a file of its own that is
 * loaded when an output needs it. A frame reaches no network.
 */
import bokehTablesUrl from "@bokeh/bokehjs/build/js/bokeh-tables.min.js?url";
import bokehWidgetsUrl from "@bokeh/bokehjs/build/js/bokeh-widgets.min.js?url";
import bokehUrl from "@bokeh/bokehjs/build/js/bokeh.min.js?url";
import plotlyUrl from "plotly.js-strict-dist-min/plotly-strict.min.js?url";

const loading = new Map<string, Promise<void>>();

/** Run a script of ours once; later callers wait for the same. */
function load(address: string): Promise<void> {
  let known = loading.get(address);
  if (known === undefined) {
    known = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => reject(new Error("A part of the page could not be loaded. Reload it.")));
      document.head.append(script);
    });
    loading.set(address, known);
  }
  return known;
}

export const loadPlotly = (): Promise<void> => load(plotlyUrl);

export async function loadBokeh(): Promise<void> {
  await load(bokehUrl);
  await Promise.all([load(bokehWidgetsUrl), load(bokehTablesUrl)]);
}

export async function loadLeaflet(): Promise<void> {
  const { leafletInto } = await import("./leaflet");
  leafletInto(window);
}

const nothing = (): Promise<void> => Promise.resolve();

/** By address, as plotting libraries write it into their HTML. The first match wins. */
const KNOWN: readonly (readonly [RegExp, () => Promise<void>])[] = [
  [/\/plotly[\w.-]*\.js(\?|$)/, loadPlotly],
  [/\/bokeh[\w.-]*\.js(\?|$)/, loadBokeh],
  [/\/leaflet(@[\d.]+)?\/(dist\/)?leaflet(-src)?\.js(\?|$)/i, loadLeaflet],
  // Folium's pages ask for these; what it needs of them comes with Leaflet.
  [/\/(jquery|bootstrap)[\w.-]*\.js(\?|$)/, nothing],
  [/leaflet\.awesome-markers\.js(\?|$)/i, nothing],
  [/\/MathJax\.js(\?|$)/i, nothing],
];

/** What stands in for the script at an address, or null for one that is not known. */
export function standIn(address: string): (() => Promise<void>) | null {
  return KNOWN.find(([pattern]) => pattern.test(address))?.[1] ?? null;
}
