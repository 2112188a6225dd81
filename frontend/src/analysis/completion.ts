/** Names that fit while somebody types. */

import { pickedCompletion } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { Analysis } from "./ask";
import { explanationBox } from "./tooltips";

const WORD = /[\p{L}\p{N}_]*$/u;
const BEFORE_WORD = /[\p{L}\p{N}_.]$/u;
/** A string that has just begun where a key or the name of a column may stand. */
const BEFORE_KEY = /[[(,=]\s*[rRuU]?["'][^"'\\\n]*$/u;
const STAYS_VALID = /^[\p{L}\p{N}_]*$/u;

/** Asks for `cell`, as it is called when the question is put. */
export function completionsFrom(analysis: Analysis, cell: () => string): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 200), context.pos);
    if (!context.explicit && !BEFORE_WORD.test(before) && !BEFORE_KEY.test(before)) return null;
    const word = WORD.exec(before)?.[0] ?? "";
    // One letter says little, and a number nothing.
    if (!context.explicit && /^\d/.test(word) && !BEFORE_KEY.test(before)) return null;
    const gone = new AbortController();
    context.addEventListener("abort", () => gone.abort(), { onDocChange: true });
    const source = context.state.doc.toString();
    const answer = await analysis.complete({ cell: cell(), source, offset: context.pos }, gone.signal);
    if (answer === null || answer.names === undefined || answer.names.length === 0) return null;
    const from = context.pos - (answer.typed ?? 0);
    const quote = answer.quote ?? "";
    const inString = quote !== "";
    return {
      from,
      ...(answer.more === true ? {} : { validFor: inString ? /^[^"'\\\n]*$/ : STAYS_VALID }),
      options: answer.names.map(({ name, kind, detail, insert }, index): Completion => ({
        label: name,
        type: kind,
        ...(detail === undefined || detail === "" ? {} : { detail }),
        ...(inString ? { apply: keyInto(insert ?? name, quote) } : {}),
        // The analyser's own order, private names last, unless what is typed says otherwise.
        boost: -index / 10,
        ...(inString
          ? {}
          : {
              info: async () => {
                const text = source.slice(0, from) + name + source.slice(context.pos);
                const about = await analysis.explain({ cell: cell(), source: text, offset: from + name.length });
                return about === null ? null : explanationBox(about);
              },
            }),
      })),
    };
  };
}

/** Puts a key in, and closes its string where nothing has closed it yet; the caret goes behind. */
const keyInto =
  (text: string, quote: string) =>
  (view: EditorView, completion: Completion, from: number, to: number): void => {
    const isClosed = view.state.sliceDoc(to, to + 1) === quote;
    const insert = isClosed ? text : text + quote;
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + text.length + 1 },
      userEvent: "input.complete",
      annotations: pickedCompletion.of(completion),
    });
  };
