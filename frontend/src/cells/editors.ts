/**
 * Which cells have an editor. Every text shows at once as static lines; CodeMirror is built near the window by a
 * queue, nearest first, and at once where a person goes. Owns the DOM inside each host; React never looks in there.
 */

import { EditorSelection } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type * as Y from "yjs";
import type { Language } from "../model/cells";
import { loadMarkdown, writable, writableAs } from "./extensions";
import { staticLines } from "./highlight";
import { loadSqlParser, sqlParser } from "./sql";

const MARGIN_PX = 900;
const TASK_MS = 4;
const MOST_EDITORS = 300;

interface Slot {
  readonly id: string;
  readonly host: HTMLElement;
  /** What is observed and measured: the cell, whose box is known without laying out what the browser skips. */
  readonly frame: HTMLElement;
  readonly text: Y.Text;
  readonly language: Language;
  view: EditorView | null;
  near: boolean;
  /** Stops the static view's observation of the text. */
  release: (() => void) | null;
}

/** Makes the editor of a cell inside `parent`. */
export type BuildEditor = (id: string, text: Y.Text, language: Language, parent: HTMLElement) => EditorView;

export class Editors {
  readonly #slots = new Map<string, Slot>();
  readonly #byFrame = new Map<Element, Slot>();
  readonly #build: BuildEditor;
  readonly #builtListeners = new Set<(id: string, view: EditorView) => void>();
  #observer: IntersectionObserver | null = null;
  #scroller: HTMLElement | null = null;
  #frame = 0;
  #built = 0;

  constructor(build: BuildEditor) {
    this.#build = build;
  }

  /** Watch cells against this scroller. It must be the observer's root, or its margin counts for nothing. */
  observe(scroller: HTMLElement): () => void {
    this.#scroller = scroller;
    this.#observer = new IntersectionObserver(this.#seen, { root: scroller, rootMargin: `${MARGIN_PX}px 0px` });
    for (const slot of this.#slots.values()) this.#observer.observe(slot.frame);
    return () => {
      this.#observer?.disconnect();
      this.#observer = null;
      this.#scroller = null;
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
    };
  }

  /** Show a text in `host` until the returned function is called. */
  attach(id: string, host: HTMLElement, text: Y.Text, language: Language): () => void {
    const frame = host.closest<HTMLElement>("[data-cell]") ?? host;
    const slot: Slot = { id, host, frame, text, language, view: null, near: false, release: null };
    this.#slots.set(id, slot);
    this.#byFrame.set(frame, slot);
    this.#showStatic(slot);
    this.#observer?.observe(frame);
    return () => {
      if (this.#byFrame.get(frame) === slot) {
        this.#byFrame.delete(frame);
        this.#observer?.unobserve(frame);
      }
      slot.release?.();
      if (slot.view !== null) this.#built -= 1;
      slot.view?.destroy();
      host.replaceChildren();
      if (this.#slots.get(id) === slot) this.#slots.delete(id);
    };
  }

  get(id: string): EditorView | null {
    return this.#slots.get(id)?.view ?? null;
  }

  /** The editor of a cell, built now if need be; null when the cell shows no text to edit. */
  ensure(id: string): EditorView | null {
    const slot = this.#slots.get(id);
    return slot === undefined ? null : this.#show(slot);
  }

  /** Put the caret into a cell. Null when it shows no editor or may not be edited. */
  focus(id: string, at: "start" | "end" | "same" | { x: number; y: number }): EditorView | null {
    const view = this.ensure(id);
    if (view === null) return null;
    view.focus();
    if (at !== "same") {
      const place = at === "start" ? 0 : at === "end" ? view.state.doc.length : view.posAtCoords(at, false);
      view.dispatch({ selection: EditorSelection.cursor(place), scrollIntoView: typeof at === "string" });
    }
    return view;
  }

  /** Open or close every editor for writing; says whether one was closed under somebody's hands. */
  setWritable(canEdit: boolean): boolean {
    let taken = false;
    for (const { frame, view } of this.#slots.values()) {
      if (view === null || view.state.readOnly !== canEdit) continue;
      // An editor that closes under the hands leaves the focus on its cell, not nowhere.
      if (!canEdit && view.hasFocus) {
        frame.focus({ preventScroll: true });
        taken = true;
      }
      view.dispatch({ effects: writable.reconfigure(writableAs(canEdit)) });
    }
    return taken;
  }

  onBuilt(listener: (id: string, view: EditorView) => void): () => void {
    this.#builtListeners.add(listener);
    return () => this.#builtListeners.delete(listener);
  }

  /** The cells that have an editor now. */
  *built(): Generator<[id: string, view: EditorView]> {
    for (const { id, view } of this.#slots.values()) if (view !== null) yield [id, view];
  }

  get count(): number {
    return this.#built;
  }

  readonly #seen = (entries: IntersectionObserverEntry[]): void => {
    for (const entry of entries) {
      const slot = this.#byFrame.get(entry.target);
      if (slot !== undefined) slot.near = entry.isIntersecting;
    }
    this.#schedule();
  };

  #schedule(): void {
    if (this.#frame !== 0 || this.#waiting().length === 0) return;
    this.#frame = requestAnimationFrame(() => {
      // After the frame's paint, so that building never delays what is already drawn.
      setTimeout(() => {
        this.#frame = 0;
        this.#work();
        this.#schedule();
      });
    });
  }

  #waiting(): Slot[] {
    return [...this.#slots.values()].filter((slot) => slot.near && slot.view === null);
  }

  #work(): void {
    if (this.#scroller === null) return;
    const { top, height } = this.#scroller.getBoundingClientRect();
    const middle = top + height / 2;
    const distance = (slot: Slot): number => {
      const box = slot.frame.getBoundingClientRect();
      return Math.max(0, box.top - middle, middle - box.bottom);
    };
    const nearest = this.#waiting()
      .map((slot) => ({ slot, away: distance(slot) }))
      .sort((a, b) => a.away - b.away);
    const end = performance.now() + TASK_MS;
    for (const { slot } of nearest) {
      this.#show(slot);
      if (performance.now() >= end) break;
    }
    if (this.#built > MOST_EDITORS) this.#retire();
  }

  #show(slot: Slot): EditorView {
    if (slot.view !== null) return slot.view;
    slot.release?.();
    slot.release = null;
    slot.host.replaceChildren();
    const view = this.#build(slot.id, slot.text, slot.language, slot.host);
    slot.view = view;
    this.#built += 1;
    if (slot.language === "markdown") loadMarkdown(view).catch(() => undefined); // out of reach: without colours
    for (const listener of this.#builtListeners) listener(slot.id, view);
    return view;
  }

  #showStatic(slot: Slot): void {
    const box = document.createElement("div");
    const isCode = slot.language === "code" || slot.language === "sql";
    box.className = isCode ? "code-static" : "code-static code-static-wrapped";
    const draw = (): void => box.replaceChildren(staticLines(slot.text.toJSON(), slot.language));
    draw();
    slot.text.observe(draw);
    if (slot.language === "sql" && sqlParser() === null) loadSqlParser().then(draw, () => undefined);
    slot.release = () => slot.text.unobserve(draw);
    slot.host.replaceChildren(box);
  }

  /** Editors cost memory: beyond the cap the far ones become static again, never the one with the focus. */
  #retire(): void {
    for (const slot of this.#slots.values()) {
      if (this.#built <= MOST_EDITORS - 50) return;
      if (slot.view === null || slot.near || slot.view.hasFocus) continue;
      slot.view.destroy();
      slot.view = null;
      this.#built -= 1;
      this.#showStatic(slot);
    }
  }
}
