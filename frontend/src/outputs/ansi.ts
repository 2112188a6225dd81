/** Terminal colours to HTML, for text that arrives in pieces. */
import { FancyAnsi } from "fancy-ansi";

const fancy = new FancyAnsi();
// eslint-disable-next-line no-control-regex -- colour sequences begin with the escape character
const SGR = /\u001b\[([0-9;]*)m/g;

/** Grounds have colours of their own: text in the page's ink, or in any of the text colours, stays readable on them. */
const GROUND = /(<span style="(?:[^"]*;)?background-color: ?var\()--ansi-(?:bright-)?/g;

/** The whole text as HTML; everything in it is escaped. */
export function ansiToHtml(text: string): string {
  return fancy.toHtml(text).replaceAll(GROUND, "$1--ground-");
}

/** Remembers the colours that are on at the end of one piece, so that the next begins with them. */
export class AnsiPieces {
  private open = "";

  toHtml(piece: string): string {
    const html = ansiToHtml(this.open + piece);
    for (const [sequence, codes] of piece.matchAll(SGR)) {
      const reset = codes === "" || codes === "0";
      this.open = reset ? "" : (this.open + sequence).slice(-128);
    }
    return html;
  }
}
