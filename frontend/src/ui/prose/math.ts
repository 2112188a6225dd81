/** Mathematics for markdown-it: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, set by KaTeX once it is loaded. */
import type { MarkdownIt } from "markdown-it";
import { fetchCode } from "../code/fetchCode";

export type Typeset = (tex: string, display: boolean) => string;

const MAY_HOLD_MATH = /\$|\\\(|\\\[|\\begin\{/;

export const mayHoldMath = (text: string): boolean => MAY_HOLD_MATH.test(text);

let loading: Promise<Typeset> | null = null;
let loaded: Typeset | null = null;

/** The typesetter if it is at hand. */
export const typesetNow = (): Typeset | null => loaded;

/** Load KaTeX with its fonts, once. */
export function loadTypeset(): Promise<Typeset> {
  const load = () => Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
  loading ??= fetchCode(load).then(([{ default: katex }]) => {
    loaded = (tex, display) =>
      withinStack(tex, () =>
        katex.renderToString(tex, {
          displayMode: display,
          throwOnError: false,
          trust: false,
          maxExpand: 1000,
          maxSize: 50,
          strict: "ignore",
        }),
      );
    return loaded;
  });
  loading.catch(() => (loading = null));
  return loading;
}

const DEEPEST = 100;

/** KaTeX descends once for each brace: what is nested deeper than anybody writes stays as it was written. */
function withinStack(tex: string, typeset: () => string): string {
  let depth = 0;
  for (const character of tex) {
    if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    if (depth > DEEPEST) return asWritten(tex);
  }
  try {
    return typeset();
  } catch (error) {
    if (error instanceof RangeError) return asWritten(tex);
    throw error;
  }
}

function asWritten(tex: string): string {
  const escaped = tex.slice(0, 200).replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<code>${escaped}…</code>`;
}

/** Teach `md` the four notations; `typeset` is asked at rendering. */
export function addMath(md: MarkdownIt, typeset: Typeset): void {
  md.inline.ruler.before("escape", "math", (state, silent) => {
    const found = inlineAt(state.src, state.pos);
    if (found === null) return false;
    if (!silent) {
      const token = state.push("math", "", 0);
      token.content = found.tex;
      token.meta = { display: found.display };
    }
    state.pos += found.length;
    return true;
  });
  md.block.ruler.before(
    "fence",
    "math_block",
    (state, startLine, endLine, silent) => {
      const first = lineOf(state, startLine);
      const open = first.startsWith("$$")
        ? "$$"
        : first.startsWith("\\[")
          ? "\\["
          : /^\\begin\{(equation|align|gather|matrix|cases)\*?\}/.exec(first)?.[0];
      if (open === undefined) return false;
      const isEnvironment = open.startsWith("\\begin");
      const close = open === "$$" ? "$$" : open === "\\[" ? "\\]" : open.replace("\\begin", "\\end");
      let line = startLine;
      let text = isEnvironment ? first : first.slice(open.length);
      while (!text.trimEnd().endsWith(close)) {
        line += 1;
        if (line >= endLine || lineOf(state, line).trim() === "") return false;
        text += `\n${lineOf(state, line)}`;
      }
      if (silent) return true;
      const token = state.push("math", "", 0);
      token.block = true;
      const body = text.trimEnd();
      token.content = isEnvironment ? body : body.slice(0, -close.length);
      token.meta = { display: true };
      state.line = line + 1;
      return true;
    },
    { alt: ["paragraph", "blockquote", "list"] },
  );
  md.renderer.rules["math"] = (tokens, index) => {
    const token = tokens[index];
    if (token === undefined) return "";
    const display = token.meta?.["display"] === true;
    const html = typeset(token.content.trim(), display);
    return token.block ? `<p>${html}</p>` : html;
  };
}

function lineOf(state: { src: string; bMarks: number[]; tShift: number[]; eMarks: number[] }, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
}

/** As in Pandoc: the opening `$` is followed and the closing one preceded by no space, and no digit comes after. */
function inlineAt(src: string, start: number): { tex: string; display: boolean; length: number } | null {
  for (const [open, close, display] of [
    ["$$", "$$", true],
    ["$", "$", false],
    ["\\(", "\\)", false],
    ["\\[", "\\]", true],
  ] as const) {
    if (!src.startsWith(open, start)) continue;
    let end = start + open.length;
    for (;;) {
      end = src.indexOf(close, end);
      if (end < 0) break;
      if (src[end - 1] === "\\" && close.startsWith("$")) end += 1;
      else break;
    }
    if (end < 0) return null;
    const tex = src.slice(start + open.length, end);
    if (tex.trim() === "") return null;
    if (open === "$" && (/^\s|\s$/.test(tex) || /\d/.test(src[end + 1] ?? "") || tex.includes("\n\n"))) return null;
    return { tex, display, length: end + close.length - start };
  }
  return null;
}
