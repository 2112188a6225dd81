/** Markdown to clean HTML: no raw HTML, mathematics by KaTeX, pictures only from where the page allows. */
import DOMPurify from "dompurify";
import createMarkdown, { type MarkdownIt } from "markdown-it";
import { loadTypeset, mayHoldMath, typesetNow, addMath, type Typeset } from "./math";

export interface ProseOptions {
  /** The address of the picture `attachment:NAME`, or null when there is none. */
  attachment?: (name: string) => string | null;
}

const plainTex: Typeset = (tex, display) => {
  const mark = display ? "$$" : "$";
  return `<code>${escape(mark + tex + mark)}</code>`;
};

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

let resolve: (name: string) => string | null = () => null;
const md = build();

function build(): MarkdownIt {
  const made = createMarkdown({ html: false, linkify: true, breaks: false });
  addMath(made, (tex, display) => (typesetNow() ?? plainTex)(tex, display));
  made.validateLink = (link) => /^(https?:|mailto:|#|attachment:|data:image\/(png|jpeg|gif|webp);)/i.test(link.trim());
  const image = made.renderer.rules.image;
  made.renderer.rules.image = (tokens, index, options, environment, self) => {
    const token = tokens[index];
    const source = String(token?.attrGet("src") ?? "");
    if (token !== undefined && source.startsWith("attachment:")) {
      token.attrSet("src", resolve(decodeURIComponent(source.slice("attachment:".length))) ?? "");
    }
    return image === undefined
      ? self.renderToken(tokens, index, options)
      : image(tokens, index, options, environment, self);
  };
  made.core.ruler.push("task_lists", (state) => {
    state.tokens.forEach((token, index) => {
      const first = token.children?.[0];
      if (token.type !== "inline" || state.tokens[index - 2]?.type !== "list_item_open" || first?.type !== "text")
        return;
      const mark = /^\[([ xX])\]\s/.exec(first.content);
      if (mark === null) return;
      first.content = `${mark[1] === " " ? "☐" : "☑"} ${first.content.slice(mark[0].length)}`;
      state.tokens[index - 2]?.attrJoin("class", "task");
    });
  });
  return made;
}

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.localName === "a" && /^https?:/i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

function render(text: string, options: ProseOptions): string {
  resolve = options.attachment ?? (() => null);
  return purifier.sanitize(md.render(text), {
    USE_PROFILES: { html: true, mathMl: true, svg: true },
    FORBID_TAGS: ["form", "input", "button", "select", "textarea", "style", "iframe", "dialog"],
    FORBID_ATTR: ["id", "name", "srcset", "action", "formaction"],
    ALLOW_DATA_ATTR: false,
    ADD_ATTR: ["target"],
  });
}

/** HTML at once, or null when mathematics must be loaded first. */
export function proseNow(text: string, options: ProseOptions = {}): string | null {
  return mayHoldMath(text) && typesetNow() === null ? null : render(text, options);
}

/** HTML, after loading what the text needs. */
export async function prose(text: string, options: ProseOptions = {}): Promise<string> {
  if (mayHoldMath(text)) await loadTypeset();
  return render(text, options);
}
