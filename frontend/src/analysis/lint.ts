/**
 * Marks of mistakes in all cells. The notebook is checked when typing rests, never while it goes on; a cell that
 * changed since the question keeps its old marks, which move with the text, until the next answer.
 */

import { t } from "@lingui/core/macro";
import type { Diagnostic } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import type * as Y from "yjs";
import { cellMap, cellsOf, headOf } from "../model/cells";
import type { Schemas } from "../wire/http";
import type { Readable } from "../wire/store";

export type Mark = Schemas["CodeMark"];
export interface SeenCell {
  readonly cell: string;
  readonly source: string;
}

const REST_MS = 400;
/** While several people type without a pause, there is an answer now and then all the same. */
const LONGEST_REST_MS = 2500;

export interface LintPage {
  readonly cells: Readable<{ readonly doc: Y.Doc }>;
  readonly editors: {
    get: (id: string) => EditorView | null;
    built: () => Iterable<[id: string, view: EditorView]>;
    onBuilt: (listener: (id: string, view: EditorView) => void) => () => void;
  };
  /** The marks of the whole notebook, with these texts in place of those the server may not have yet. */
  readonly check: (seen: readonly SeenCell[]) => Promise<readonly Mark[] | null>;
}

interface Marked {
  readonly text: string;
  readonly marks: readonly Mark[];
}

export class Linter {
  readonly #page: LintPage;
  readonly #marked = new Map<string, Marked>();
  /** The cells that changed since the last question. */
  #changed = new Set<string>();
  #isOn = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #waitsSince = 0;
  #asking = false;
  #unwatch: (() => void) | null = null;
  #unlisten: (() => void) | null = null;

  constructor(page: LintPage) {
    this.#page = page;
  }

  /** Begin or end. Nothing is asked and no mark shows while it is off. */
  turn(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) {
      this.#unlisten = this.#page.editors.onBuilt((id, view) => this.#show(id, view));
      this.documentsReplaced();
    } else {
      this.#stop();
      this.#marked.clear();
      for (const [, view] of this.#page.editors.built()) void draw(view, []);
    }
  }

  /** The notebook's documents are others now. */
  documentsReplaced(): void {
    if (!this.#isOn) return;
    this.#unwatch?.();
    const cells = cellsOf(this.#page.cells.get().doc);
    const changed = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
      for (const { path } of events) if (typeof path[0] === "string") this.#changed.add(path[0]);
      this.#later();
    };
    cells.observeDeep(changed);
    this.#unwatch = () => cells.unobserveDeep(changed);
    this.#later();
  }

  close(): void {
    this.#isOn = false;
    this.#stop();
  }

  #stop(): void {
    this.#unwatch?.();
    this.#unlisten?.();
    this.#unwatch = this.#unlisten = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #later(): void {
    const now = Date.now();
    if (this.#timer === null) this.#waitsSince = now;
    else clearTimeout(this.#timer);
    const left = this.#waitsSince + LONGEST_REST_MS - now;
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, Math.min(REST_MS, left)));
  }

  async #look(): Promise<void> {
    this.#timer = null;
    if (this.#asking) {
      this.#later();
      return;
    }
    const asked = new Map([...this.#changed].flatMap((id) => this.#textOf(id).map((text) => [id, text] as const)));
    this.#changed = new Set();
    this.#asking = true;
    const marks = await this.#page.check([...asked].map(([cell, source]) => ({ cell, source })));
    this.#asking = false;
    if (!this.#isOn || marks === null) return;
    const byCell = new Map<string, Mark[]>();
    for (const mark of marks) byCell.set(mark.cell, [...(byCell.get(mark.cell) ?? []), mark]);
    for (const id of new Set([...byCell.keys(), ...this.#marked.keys()])) {
      const [text] = this.#textOf(id);
      if (text === undefined) this.#marked.delete(id);
      if (text === undefined || this.#changed.has(id)) continue;
      this.#marked.set(id, { text, marks: byCell.get(id) ?? [] });
      const view = this.#page.editors.get(id);
      if (view !== null) this.#show(id, view);
    }
  }

  #show(id: string, view: EditorView): void {
    const marked = this.#marked.get(id);
    if (marked !== undefined && view.state.doc.toString() === marked.text) void draw(view, marked.marks);
  }

  #textOf(id: string): string[] {
    const cell = cellMap(cellsOf(this.#page.cells.get().doc), id);
    const head = cell === null ? null : headOf(id, cell);
    return head?.type === "code" ? [head.source.toJSON()] : [];
  }
}

const drawn = new WeakMap<EditorView, string>();

/** CodeMirror's part for marks comes with the first one. */
async function draw(view: EditorView, marks: readonly Mark[]): Promise<void> {
  const key = JSON.stringify(marks);
  if ((drawn.get(view) ?? "[]") === key) return;
  drawn.set(view, key);
  const doc = view.state.doc;
  const { setDiagnostics } = await import("@codemirror/lint");
  if (view.state.doc === doc && drawn.get(view) === key)
    view.dispatch(
      setDiagnostics(
        view.state,
        marks.map((mark) => diagnostic(mark, doc.toString())),
      ),
    );
  else drawn.delete(view);
}

function diagnostic(mark: Mark, text: string): Diagnostic {
  const from = Math.min(mark.start, text.length);
  const isUnused = mark.level === "unused";
  return {
    from,
    to: Math.max(from, Math.min(mark.end, text.length)),
    severity: mark.level === "unused" ? "hint" : mark.level,
    message: mark.text,
    ...(mark.code === "" ? {} : { source: mark.code }),
    ...(isUnused ? { markClass: "lint-unused" } : {}),
    actions:
      mark.fix == null
        ? []
        : [
            {
              name: mark.fix,
              apply: (view) => {
                // Somebody has written in it meanwhile: the next marks come with another fix.
                if (view.state.readOnly || view.state.doc.toString() !== text) return;
                const changes = (mark.edits ?? []).map((edit) => ({
                  from: edit.start,
                  to: edit.end,
                  insert: edit.text,
                }));
                view.dispatch({ changes, userEvent: "input.fix" });
              },
            },
          ],
  };
}

/** Go to the next mark of a cell and say it; with `fix`, do what the mark at the caret offers. */
export async function toMark(
  view: EditorView,
  what: "next" | "previous" | "fix",
  say: (text: string) => void,
): Promise<void> {
  const { forEachDiagnostic } = await import("@codemirror/lint");
  const found: { diagnostic: Diagnostic; from: number; to: number }[] = [];
  forEachDiagnostic(view.state, (diagnostic, from, to) => found.push({ diagnostic, from, to }));
  found.sort((a, b) => a.from - b.from);
  const { head } = view.state.selection.main;
  if (what === "fix") {
    const here = found.filter(({ from, to }) => from <= head && head <= to);
    const action = here.flatMap(({ diagnostic }) => diagnostic.actions ?? [])[0];
    if (action === undefined) say(here.length === 0 ? t`No mark here` : t`There is no fix for this`);
    else action.apply(view, head, head);
    return;
  }
  const next =
    what === "next"
      ? (found.find(({ from }) => from > head) ?? found[0])
      : (found.findLast(({ from }) => from < head) ?? found.at(-1));
  if (next === undefined) {
    say(t`No marks in this cell`);
    return;
  }
  view.dispatch({ selection: { anchor: next.from }, scrollIntoView: true, userEvent: "select" });
  const fix = next.diagnostic.actions?.[0]?.name;
  say(fix === undefined ? next.diagnostic.message : `${next.diagnostic.message}. Fix: ${fix}`);
}
