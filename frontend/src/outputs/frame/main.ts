/**
 * The inside of an output frame: it runs what a notebook's output brings, in an opaque origin under a policy
 * that lets nothing out. It knows no token, no person and no address of the server.
 */
import "./frame.css";
import type { FromFrame, FrameTheme, ToFrame } from "./messages";
import type { Widgets } from "./widgets";

const root = document.getElementById("output") ?? document.body;

let port: MessagePort | null = null;
const send = (message: FromFrame): void => port?.postMessage(message);

/** What draws itself anew when the theme changes. */
let onTheme: (dark: boolean) => void = () => undefined;
let widgets: Promise<Widgets> | null = null;

window.addEventListener("message", function receive(event: MessageEvent<unknown>) {
  const [handed] = event.ports;
  if (event.source !== window.parent || event.data !== "port" || handed === undefined) return;
  window.removeEventListener("message", receive);
  port = handed;
  port.onmessage = (message: MessageEvent<ToFrame>) => take(message.data);
});
window.parent.postMessage("ready", "*");

function take(message: ToFrame): void {
  if (message.kind === "theme") {
    setTheme(message.theme, message.dark);
    onTheme(message.dark);
  } else if (message.kind === "render") {
    setTheme(message.theme, message.dark);
    render(message.mime, message.value, message.dark).then(
      () => send({ kind: "rendered" }),
      (error: unknown) => send({ kind: "error", text: error instanceof Error ? error.message : String(error) }),
    );
  } else {
    widgets ??= import("./widgets").then((module) => new module.Widgets(root, send));
    // One after the other, in the order in which they came.
    widgets = widgets.then((all) => {
      all.take(message);
      return all;
    });
  }
}

function setTheme(theme: FrameTheme, dark: boolean): void {
  for (const [name, value] of Object.entries(theme)) document.documentElement.style.setProperty(name, value);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

async function render(mime: string, value: string, dark: boolean): Promise<void> {
  if (mime.startsWith("application/vnd.plotly.")) {
    const { drawPlotly } = await import("./plotly");
    onTheme = await drawPlotly(root, value, dark);
  } else if (mime === "text/vnd.mermaid") {
    const { drawMermaid } = await import("./mermaid");
    onTheme = await drawMermaid(root, value, dark);
  } else if (mime.startsWith("application/vnd.bokehjs_exec.")) {
    const { drawBokeh } = await import("./bokeh");
    await drawBokeh(root, value);
  } else {
    const { drawHtml, drawScript } = await import("./html");
    if (mime === "text/html") await drawHtml(root, value);
    else drawScript(root, value);
  }
}

new ResizeObserver(() => {
  send({ kind: "height", px: root.getBoundingClientRect().height + 12 });
}).observe(root);

window.addEventListener("error", (event) => send({ kind: "error", text: event.message }));
window.addEventListener("unhandledrejection", (event) => send({ kind: "error", text: String(event.reason) }));
document.addEventListener("securitypolicyviolation", (event) => {
  try {
    send({ kind: "blocked", host: new URL(event.blockedURI).host });
  } catch {
    send({ kind: "blocked", host: "inline" });
  }
});
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  const href = link?.getAttribute("href") ?? "";
  if (!/^https?:/i.test(href)) return;
  event.preventDefault();
  send({ kind: "link", href });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") send({ kind: "key", key: "Escape" });
  else if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send({ kind: "key", key: "palette" });
  }
});
document.addEventListener(
  "wheel",
  (event) => {
    const page = document.documentElement;
    const atEdge = event.deltaY < 0 ? page.scrollTop <= 0 : page.scrollTop + page.clientHeight >= page.scrollHeight - 1;
    if (atEdge) send({ kind: "wheel", dy: event.deltaY });
  },
  { passive: true },
);
