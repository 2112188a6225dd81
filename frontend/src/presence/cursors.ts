/** Other people's carets and selections inside one editor. It is told positions; it listens to nobody. */

import { RangeSetBuilder, StateEffect, StateField, type Extension, type Text } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

/** A caret in characters of this editor's text. `moved` grows with each movement, which shows the name again. */
export interface Caret {
  readonly client: number;
  readonly name: string;
  readonly color: number;
  readonly anchor: number;
  readonly head: number;
  readonly moved: number;
}

export const setCarets = StateEffect.define<readonly Caret[]>();

class CaretWidget extends WidgetType {
  readonly #caret: Caret;
  readonly #isOnTop: boolean;

  /** `isOnTop`: on the first line, where the editor's box would cut off a name above it. */
  constructor(caret: Caret, isOnTop: boolean) {
    super();
    this.#caret = caret;
    this.#isOnTop = isOnTop;
  }

  override eq(other: CaretWidget): boolean {
    const [a, b] = [this.#caret, other.#caret];
    if (this.#isOnTop !== other.#isOnTop) return false;
    return a.client === b.client && a.moved === b.moved && a.name === b.name && a.color === b.color;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = this.#isOnTop ? "remote-caret remote-caret-top" : "remote-caret";
    caret.style.setProperty("--peer", `var(--person-${this.#caret.color})`);
    const flag = document.createElement("span");
    flag.className = "remote-flag";
    flag.textContent = this.#caret.name;
    caret.append("\u2060", flag, "\u2060");
    caret.setAttribute("aria-hidden", "true");
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function decorate(carets: readonly Caret[], doc: Text): DecorationSet {
  const inside = (at: number): number => Math.max(0, Math.min(doc.length, at));
  const marks: { from: number; to: number; decoration: Decoration }[] = [];
  for (const caret of carets) {
    const [anchor, head] = [inside(caret.anchor), inside(caret.head)];
    if (anchor !== head) {
      const attributes = { style: `--peer: var(--person-${caret.color})` };
      marks.push({
        from: Math.min(anchor, head),
        to: Math.max(anchor, head),
        decoration: Decoration.mark({ class: "remote-selection", attributes }),
      });
    }
    marks.push({
      from: head,
      to: head,
      decoration: Decoration.widget({
        widget: new CaretWidget(caret, head <= doc.line(1).to),
        side: head < anchor ? -1 : 1,
      }),
    });
  }
  marks.sort((a, b) => a.from - b.from || a.decoration.startSide - b.decoration.startSide);
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, decoration } of marks) builder.add(from, to, decoration);
  return builder.finish();
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(setCarets)) next = decorate(effect.value, transaction.newDoc);
    return next;
  },
  provide: (source) => EditorView.decorations.from(source),
});

export const peerCarets: Extension = field;
