/**
 * Find and replace over all cells. It reads the texts themselves, not the page: an editor draws only the lines near
 * the window. The place in the search is kept as a position in the document, so that what others type does not move it.
 */

import * as Y from "yjs";
import { cellMap, cellsOf, headOf } from "../model/cells";
import type { RuntimeIndex, SourceIndex } from "../model/index";
import { Store, type Readable } from "../wire/store";
import { compile, replacementAt, spansIn, type Pattern, type Query, type Span } from "./pattern";

export interface Match extends Span {
  readonly cell: string;
  readonly where: "source" | "output";
}

export interface Found {
  readonly matches: readonly Match[];
  /** The index of the match where the person is; -1 before the first step. */
  readonly at: number;
  readonly problem: string | null;
}

export interface FindOptions extends Query {
  /** Only in the cells that were selected when this was switched on. */
  readonly within: ReadonlySet<string> | null;
  readonly hasOutputs: boolean;
}

/** What is searched, and how an edit becomes one step of undo. */
export interface Searched {
  readonly doc: Y.Doc;
  readonly source: SourceIndex;
  readonly runtime: RuntimeIndex;
  readonly undo: { structural: (edit: () => void) => void };
}

const NOTHING: Found = { matches: [], at: -1, problem: null };
const SETTLE_MS = 120;

export interface FinderPage {
  /** The notebook's documents, which may be replaced. */
  readonly cells: Readable<Searched>;
  /** Bring a cell into sight and its match at `span` before the eyes. */
  readonly show: (match: Match) => void;
  /** Mark these; `now` is the one where the person is. */
  readonly mark: (matches: readonly Match[], now: Match | null) => void;
  /** The text that the outputs of a cell show. */
  readonly outputOf: (cell: string) => string;
}

export class Finder {
  readonly #page: FinderPage;
  readonly #found = new Store<Found>(NOTHING);
  readonly #options = new Store<FindOptions>({
    text: "",
    isRegex: false,
    isCaseSensitive: false,
    isWholeWord: false,
    within: null,
    hasOutputs: false,
  });
  readonly #seen = new Map<string, { text: string; pattern: Pattern; spans: Span[] }>();
  #pattern: Pattern | null = null;
  #place: { cell: string; where: Match["where"]; at: number; anchor: Y.RelativePosition | null } | null = null;
  /** The cells when it last looked. */
  #order: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watched: (() => void) | null = null;

  constructor(page: FinderPage) {
    this.#page = page;
  }

  get found(): Readable<Found> {
    return this.#found;
  }

  get options(): Readable<FindOptions> {
    return this.#options;
  }

  /** Begin to look for `text`, from the cell `from` on; what others write is followed until `close`. */
  open(text: string, from: string | null): void {
    if (text !== "") this.#options.set({ ...this.#options.get(), text });
    this.#place = from === null ? null : { cell: from, where: "source", at: 0, anchor: null };
    this.#watched ??= this.#watch();
    this.#look();
  }

  close(): void {
    this.#watched?.();
    this.#watched = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#seen.clear();
    this.#found.set(NOTHING);
    this.#page.mark([], null);
  }

  /** Change what is looked for; the nearest match from here on becomes the present one. */
  change(options: Partial<FindOptions>): void {
    this.#options.set({ ...this.#options.get(), ...options });
    this.#look();
    const { matches, at } = this.#found.get();
    const now = matches[at];
    if (now !== undefined) this.#page.show(now);
  }

  /** Go to the next match or the one before, round at the ends. */
  step(direction: 1 | -1): void {
    const { matches, at, problem } = this.#found.get();
    if (matches.length === 0) return;
    const next = at < 0 ? (direction > 0 ? 0 : matches.length - 1) : (at + direction + matches.length) % matches.length;
    this.#settleOn(matches, next, problem);
    const now = matches[next];
    if (now !== undefined) this.#page.show(now);
  }

  /** Replace the present match and go on to the next; says whether anything was replaced. */
  replace(template: string): boolean {
    const { matches, at } = this.#found.get();
    const now = matches[at];
    if (now === undefined || now.where !== "source") {
      this.step(1);
      return false;
    }
    const done = this.#replaceAll([now], template);
    this.#look();
    const next = this.#found.get().matches[this.#found.get().at];
    if (next !== undefined) this.#page.show(next);
    return done.matches > 0;
  }

  /** Replace every match in the texts, in one step of undo. */
  replaceAll(template: string): { matches: number; cells: number } {
    const done = this.#replaceAll(
      this.#found.get().matches.filter((match) => match.where === "source"),
      template,
    );
    this.#look();
    return done;
  }

  #replaceAll(matches: readonly Match[], template: string): { matches: number; cells: number } {
    const pattern = this.#pattern;
    if (pattern === null || "problem" in pattern) return { matches: 0, cells: 0 };
    const { doc, undo } = this.#page.cells.get();
    let replaced = 0;
    const changed = new Set<string>();
    undo.structural(() => {
      // From the end, so that the places before stay true.
      for (const match of [...matches].reverse()) {
        const source = textOf(doc, match.cell);
        const text = source?.toJSON() ?? "";
        const put = replacementAt(text, match, pattern, template);
        if (source === null || put === null) continue;
        // First in, then out: what others then type at the edges stays on its side also after an undo.
        if (put !== "") source.insert(match.from, put);
        source.delete(match.from + put.length, match.to - match.from);
        if (matches.length === 1) this.#place = placeAt(match.cell, source, match.from + put.length);
        replaced += 1;
        changed.add(match.cell);
      }
    });
    return { matches: replaced, cells: changed.size };
  }

  /** Look again, keeping the place. */
  #look(): void {
    const options = this.#options.get();
    this.#pattern = compile(options);
    const pattern = this.#pattern;
    if (pattern === null || "problem" in pattern) {
      this.#seen.clear();
      this.#found.set({ ...NOTHING, problem: pattern?.problem ?? null });
      this.#page.mark([], null);
      return;
    }
    const { doc, source } = this.#page.cells.get();
    const order = source.order();
    const matches: Match[] = [];
    for (const cell of order) {
      if (options.within !== null && !options.within.has(cell)) continue;
      for (const span of this.#spansOf(doc, cell, pattern)) matches.push({ ...span, cell, where: "source" });
      if (!options.hasOutputs) continue;
      for (const span of spansIn(this.#page.outputOf(cell), pattern.regex))
        matches.push({ ...span, cell, where: "output" });
    }
    this.#settleOn(matches, this.#nearest(matches, order), null);
    this.#order = order;
  }

  #spansOf(doc: Y.Doc, cell: string, pattern: { regex: RegExp; query: Query }): Span[] {
    const text = textOf(doc, cell)?.toJSON() ?? "";
    const seen = this.#seen.get(cell);
    const isSame =
      seen !== undefined && "regex" in seen.pattern && String(seen.pattern.regex) === String(pattern.regex);
    if (isSame && seen.text === text) return seen.spans;
    const spans = spansIn(text, pattern.regex);
    this.#seen.set(cell, { text, pattern, spans });
    return spans;
  }

  /** The index of the first match from the kept place on; the first of all after the last. */
  #nearest(matches: readonly Match[], order: readonly string[]): number {
    if (matches.length === 0) return -1;
    const place = this.#place;
    if (place === null) return 0;
    const { doc } = this.#page.cells.get();
    const moved = place.anchor === null ? null : Y.createAbsolutePositionFromRelativePosition(place.anchor, doc);
    const at = moved?.index ?? place.at;
    const rank = new Map(order.map((cell, index) => [cell, index]));
    // Of a cell that somebody took away, the one that followed has the place.
    const follower = this.#order.slice(this.#order.indexOf(place.cell) + 1).find((cell) => rank.has(cell));
    const here = rank.get(place.cell) ?? (follower === undefined ? order.length : (rank.get(follower) ?? 0));
    const isGone = !rank.has(place.cell);
    const isBefore = (match: Match): boolean => {
      const there = rank.get(match.cell) ?? 0;
      if (there !== here || isGone) return there < here;
      if (match.where !== place.where) return match.where === "source";
      return match.from < at;
    };
    const next = matches.findIndex((match) => !isBefore(match));
    return next < 0 ? 0 : next;
  }

  #settleOn(matches: readonly Match[], at: number, problem: string | null): void {
    const now = matches[at] ?? null;
    if (now !== null) {
      const source = now.where === "source" ? textOf(this.#page.cells.get().doc, now.cell) : null;
      this.#place =
        source === null
          ? { cell: now.cell, where: now.where, at: now.from, anchor: null }
          : placeAt(now.cell, source, now.from);
    }
    this.#found.set({ matches, at: now === null ? -1 : at, problem });
    this.#page.mark(matches, now);
  }

  #watch(): () => void {
    let stop = (): void => undefined;
    const follow = (): void => {
      stop();
      const { doc, runtime } = this.#page.cells.get();
      doc.on("update", this.#later);
      const stopRuns = runtime.subscribeRuns(this.#later);
      stop = () => {
        doc.off("update", this.#later);
        stopRuns();
      };
      this.#later();
    };
    follow();
    const unsubscribe = this.#page.cells.subscribe(follow);
    return () => {
      stop();
      unsubscribe();
    };
  }

  readonly #later = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#look();
    }, SETTLE_MS);
  };
}

function textOf(doc: Y.Doc, id: string): Y.Text | null {
  const cell = cellMap(cellsOf(doc), id);
  return cell === null ? null : (headOf(id, cell)?.source ?? null);
}

const placeAt = (
  cell: string,
  source: Y.Text,
  at: number,
): { cell: string; where: "source"; at: number; anchor: Y.RelativePosition } => ({
  cell,
  where: "source",
  at,
  anchor: Y.createRelativePositionFromTypeIndex(source, at),
});
