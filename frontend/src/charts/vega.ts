/**
 * Draws Vega and Vega-Lite specifications in the page, without eval and without the network.
 *
 * Expressions run in Vega's interpreter, which the page's content policy allows. Data must lie in the specification;
 * an address in it is refused. Load this module lazily: Vega is the larger part of it.
 */
import { t } from "@lingui/core/macro";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type Config as LiteConfig, type TopLevelSpec } from "vega-lite";
import { Error as ErrorsOnly, loader, parse, View, type Loader, type Spec } from "vega";
import { colorsOf, configOf } from "./theme";

export type Grammar = "vega" | "vega-lite";

export interface Drawn {
  /** The chart as an address of a picture, for saving. */
  picture: (format: "png" | "svg") => Promise<string>;
  close: () => void;
}

/** Draw into `element`; rejects with an `Error` whose message says what is wrong with the specification. */
export async function draw(
  element: HTMLElement,
  spec: Readonly<Record<string, unknown>>,
  grammar: Grammar,
): Promise<Drawn> {
  const config = configOf(colorsOf(element));
  // Both libraries check what they are given; their types describe specifications written by hand.
  const full =
    grammar === "vega"
      ? (spec as unknown as Spec)
      : compile(spec as unknown as TopLevelSpec, { config: config as LiteConfig }).spec;
  const runtime = parse(full, grammar === "vega" ? config : undefined, { ast: true });
  const view = new View(runtime, {
    container: element,
    renderer: "canvas",
    hover: true,
    loader: closedLoader(),
    logLevel: ErrorsOnly,
    expr: expressionInterpreter,
  });
  // A fluid width follows its box; Vega itself looks at the window only.
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0 && view.width() !== element.clientWidth)
      void view.width(element.clientWidth).runAsync();
  });
  try {
    await view.runAsync();
  } catch (error) {
    view.finalize();
    throw error;
  }
  if (grammar === "vega-lite" && spec["width"] === "container") observer.observe(element);
  return {
    picture: (format) => view.toImageURL(format, 2),
    close: () => {
      observer.disconnect();
      view.finalize();
      element.replaceChildren();
    },
  };
}

/** Takes pictures that lie in the specification and links to the web; fetches nothing. */
function closedLoader(): Loader {
  const closed = loader();
  closed.load = (uri: string) =>
    Promise.reject(new Error(t`This chart reads data from ${uri.slice(0, 120)}. Load the data in the cell instead.`));
  closed.sanitize = (uri: string, options: { context?: string }) => {
    const isLink = options.context === "href" && /^https?:\/\//i.test(uri);
    if (isLink) return Promise.resolve({ href: uri, target: "_blank", rel: "noopener noreferrer" } as { href: string });
    if (/^data:image\/(png|jpeg|gif|webp);base64,/i.test(uri)) return Promise.resolve({ href: uri });
    return Promise.reject(new Error(t`This chart refers to an address, which is not loaded here.`));
  };
  return closed;
}
