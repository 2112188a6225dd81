/** HTML of outputs: decide whether it is plain, and clean what is shown in the page itself. */
import DOMPurify from "dompurify";

const ACTIVE =
  "script, style, link, meta, base, iframe, frame, object, embed, applet, form, input, button, select, textarea, dialog, video, audio, canvas, template, slot, svg, math, portal, marquee";

const FORBID_TAGS = [
  "style",
  "form",
  "input",
  "button",
  "select",
  "textarea",
  "option",
  "dialog",
  "iframe",
  "object",
  "embed",
  "link",
  "meta",
  "base",
  "svg",
  "math",
];
const FORBID_ATTR = [
  "style",
  "id",
  "name",
  "class",
  "srcset",
  "ping",
  "formaction",
  "action",
  "target",
  "popover",
  "popovertarget",
  "contenteditable",
  "tabindex",
  "autofocus",
  "slot",
  "is",
];

/** Drop the `<style scoped>` that pandas writes above each table; the page styles tables itself. */
export function withoutScopedStyle(html: string): string {
  return html.replace(/<style scoped(?:="")?>[^<]*<\/style>/g, "");
}

/** Whether the HTML holds anything that styles, scripts, asks or loads, and so belongs in the frame. */
export function needsFrame(html: string): boolean {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  if (parsed.querySelector(ACTIVE) !== null) return true;
  for (const element of parsed.querySelectorAll("*")) {
    if (element.localName.includes("-")) return true;
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "srcdoc" || name === "style" || name === "is") return true;
      if ((name === "src" || name === "href") && /^\s*(javascript|vbscript)\s*:/i.test(value)) return true;
    }
  }
  return false;
}

let purifier: ReturnType<typeof DOMPurify> | null = null;

function instance(): ReturnType<typeof DOMPurify> {
  if (purifier !== null) return purifier;
  purifier = DOMPurify(window);
  purifier.addHook("afterSanitizeAttributes", (node) => {
    if (node.localName === "a" && node.hasAttribute("href")) {
      const href = node.getAttribute("href") ?? "";
      if (/^https?:\/\//i.test(href)) {
        node.setAttribute("target", "_blank");
        node.setAttribute("rel", "noopener noreferrer nofollow");
      } else if (!href.startsWith("#")) node.removeAttribute("href");
    }
    if (node.localName === "img" && !/^data:image\/(png|jpe?g|gif|webp);/i.test(node.getAttribute("src") ?? "")) {
      node.removeAttribute("src");
    }
  });
  return purifier;
}

/** Clean HTML for the page: no script, style, form, frame, id, name or data attribute survives. */
export function cleanHtml(html: string): string {
  return instance().sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS,
    FORBID_ATTR,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    SANITIZE_DOM: true,
  });
}
