/**
 * The inside of an output frame: it runs what a notebook's output brings, in an opaque origin under a policy
 * that lets nothing out. It knows no token, no person and no address of the server.
 */
import "./frame.css";
import type { FromFrame, FrameTheme, ToFrame } from "./messages";

const root = document.getElementById("output") ?? document.body;

let port: MessagePort | null = null;
const send = (message: FromFrame): void => port?.postMessage(message);

window.addEventListener("message", function receive(event: MessageEvent<unknown>) {
  const [handed] = event.ports;
  if (event.source !== window.parent || event.data !== "port" || handed === undefined) return;
  window.removeEventListener("message", receive);
  port = handed;
  port.onmessage = (message: MessageEvent<ToFrame>) => {
    const data = message.data;
    setTheme(data.theme, data.dark);
    if (data.kind === "render") render(data.mime, data.value);
  };
});
window.parent.postMessage("ready", "*");

function setTheme(theme: FrameTheme, dark: boolean): void {
  for (const [name, value] of Object.entries(theme)) document.documentElement.style.setProperty(name, value);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}

function render(mime: string, value: string): void {
  if (mime === "text/html") {
    root.innerHTML = value;
    runScripts();
  } else {
    const script = document.createElement("script");
    // Outputs written for Jupyter expect the variable `element`.
    script.textContent = `{ const element = document.getElementById("output");\n${value}\n}`;
    root.append(script);
  }
  send({ kind: "rendered" });
}

/** Scripts set through innerHTML do not run; replace each by a copy that does, one after the other. */
function runScripts(): void {
  const scripts = [...root.querySelectorAll("script")];
  const next = (): void => {
    const old = scripts.shift();
    if (old === undefined) return;
    const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    if (script.src !== "") {
      script.addEventListener("load", next);
      script.addEventListener("error", next);
      old.replaceWith(script);
    } else {
      old.replaceWith(script);
      next();
    }
  };
  next();
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
