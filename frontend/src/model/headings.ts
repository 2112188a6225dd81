/** The headings in a text of Markdown. Pure. */

export interface Heading {
  /** From 1 to 6. */
  readonly level: number;
  readonly text: string;
  /** The line it stands in, from 0. */
  readonly line: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;

/** Headings by `#`, in order; lines inside fenced code are none. Marks like `**` are left out of the text. */
export function headingsOf(markdown: string): Heading[] {
  const headings: Heading[] = [];
  let fence: string | null = null;
  markdown.split("\n").forEach((row, line) => {
    const mark = FENCE.exec(row)?.[1];
    if (fence !== null) {
      if (mark !== undefined && mark.startsWith(fence) && row.trim() === mark) fence = null;
      return;
    }
    if (mark !== undefined) {
      fence = mark;
      return;
    }
    const found = HEADING.exec(row);
    const text = plain(found?.[2] ?? "");
    if (found !== null && text !== "") headings.push({ level: found[1]?.length ?? 1, text, line });
  });
  return headings;
}

const plain = (text: string): string =>
  text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|[*`]|~~)(.+?)\1/g, "$2")
    .replace(/\\([\\`*_{}[\]()#+.!-])/g, "$1")
    .trim();

/** What a link to a heading is called: as on GitHub, and what Jupyter writes means the same. */
export const slugOf = (heading: string): string =>
  plain(heading)
    .normalize()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s+/g, "-");
