/** Markdown to clean HTML: no raw HTML, mathematics by KaTeX, pictures only from where the page allows. */
import DOMPurify from "dompurify";
import createMarkdown, { type MarkdownIt } from "markdown-it";
import { loadTypeset, mayHoldMath, typesetNow, addMath, type Typeset } from "./math";

export interface ProseOptions {
  /** The address of the picture `attachment:NAME`, or null when there is none. */
  attachment?: (name: string) => string | null;
  /** What a link to a heading is called; without it headings have no links. */
  slug?: (heading: string) => string;
  /** Whether boxes of task lists can be ticked. */
  tickable?: boolean;
  /** Whether links to notebooks lead somewhere. */
  notebooks?: boolean;
  /** Whether diagrams are drawn; else their text shows. */
  diagrams?: boolean;
}

/** A stretch of a text: clean HTML with the lines of its tasks, or the text of a diagram. */
export type ProsePart =
  { readonly html: string; readonly tasks: readonly number[] } | { readonly diagram: string; readonly line: number };

const plainTex: Typeset = (tex, display) => {
  const mark = display ? "$$" : "$";
  return `<code>${escape(mark + tex + mark)}</code>`;
};

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

let current: ProseOptions = {};
const md = build();

const OUTWARD = /^(https?:|mailto:|#|attachment:|data:image\/(png|jpeg|gif|webp);)/i;
/** `/n/ID`, or the file name of a notebook beside this one; with a heading behind `#`. */
export const TO_NOTEBOOK = /^(?:\/n\/[\w-]+|(?![a-z]+:)[^/?#][^?#]*\.ipynb)(?:#.*)?$/i;

function build(): MarkdownIt {
  const made = createMarkdown({ html: false, linkify: true, breaks: false });
  addMath(made, (tex, display) => (typesetNow() ?? plainTex)(tex, display));
  made.validateLink = (link) =>
    OUTWARD.test(link.trim()) || (current.notebooks === true && TO_NOTEBOOK.test(link.trim()));
  const image = made.renderer.rules.image;
  made.renderer.rules.image = (tokens, index, options, environment, self) => {
    const token = tokens[index];
    const source = String(token?.attrGet("src") ?? "");
    if (token !== undefined && source.startsWith("attachment:")) {
      token.attrSet("src", current.attachment?.(decodeURIComponent(source.slice("attachment:".length))) ?? "");
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
      first.content = first.content.slice(mark[0].length);
      const box = new state.Token("task_mark", "", 0);
      box.meta = { isDone: mark[1] !== " ", name: plainText(token.children?.slice(0) ?? []) };
      token.children?.unshift(box);
      token.meta = { isTask: true };
      state.tokens[index - 2]?.attrJoin("class", "task");
    });
  });
  made.renderer.rules["task_mark"] = (tokens, index) => {
    const { isDone, name } = (tokens[index]?.meta ?? {}) as { isDone?: boolean; name?: string };
    const use = current.tickable === true ? 'tabindex="0"' : 'aria-disabled="true"';
    return `<span role="checkbox" class="task-mark" aria-checked="${isDone === true}" aria-label="${escape(name ?? "")}" ${use}></span> `;
  };
  made.renderer.rules["heading_close"] = (tokens, index, options, _, self) => {
    const end = self.renderToken(tokens, index, options);
    const name = current.slug?.(tokens[index - 1]?.content ?? "") ?? "";
    // By keyboard and by ear, the outline and the palette lead to headings.
    const link = `<a class="heading-link" href="#${encodeURIComponent(name)}" aria-hidden="true" tabindex="-1">#</a>`;
    return name === "" ? end : link + end;
  };
  return made;
}

const plainText = (tokens: readonly { type: string; content: string }[]): string =>
  tokens
    .map(({ type, content }) => (type === "text" || type === "code_inline" ? content : ""))
    .join("")
    .trim();

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.localName === "a" && /^https?:/i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

function render(text: string, options: ProseOptions): ProsePart[] {
  current = options;
  const environment = {};
  const tokens = md.parse(text, environment);
  const parts: ProsePart[] = [];
  let start = 0;
  const upTo = (end: number): void => {
    const stretch = tokens.slice(start, end);
    if (stretch.length === 0) return;
    const tasks = stretch.flatMap(({ meta, map }) => (meta?.["isTask"] === true && map !== null ? [map[0]] : []));
    parts.push({ html: clean(md.renderer.render(stretch, md.options, environment)), tasks });
  };
  if (options.diagrams === true)
    tokens.forEach((token, index) => {
      if (token.type !== "fence" || token.level > 0 || token.info.trim() !== "mermaid") return;
      upTo(index);
      start = index + 1;
      parts.push({ diagram: token.content, line: token.map?.[0] ?? 0 });
    });
  upTo(tokens.length);
  return parts;
}

function clean(html: string): string {
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true, mathMl: true, svg: true },
    FORBID_TAGS: ["form", "input", "button", "select", "textarea", "style", "iframe", "dialog"],
    FORBID_ATTR: ["id", "name", "srcset", "action", "formaction"],
    ALLOW_DATA_ATTR: false,
    ADD_ATTR: ["target"],
  });
}

/** The parts at once, or null when mathematics must be loaded first. */
export function proseNow(text: string, options: ProseOptions = {}): ProsePart[] | null {
  return mayHoldMath(text) && typesetNow() === null ? null : render(text, options);
}

/** The parts, after loading what the text needs. */
export async function prose(text: string, options: ProseOptions = {}): Promise<ProsePart[]> {
  // Out of reach, mathematics shows as it was written.
  if (mayHoldMath(text)) await loadTypeset().catch(() => null);
  return render(text, options);
}
