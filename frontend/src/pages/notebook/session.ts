/** An open notebook: puts the provider, the documents' readers, the editors and presence together. */

import { plural, t } from "@lingui/core/macro";
import { EditorView } from "@codemirror/view";
import type * as Y from "yjs";
import { CellActions } from "../../cells/actions";
import type { CellCommands, Cells, CellSlots } from "../../cells/CellsContext";
import { Editors } from "../../cells/editors";
import { editorState } from "../../cells/extensions";
import { LostText } from "../../cells/lostText";
import { rememberFolds, setFolds } from "../../cells/folds";
import { bringBack, editCell, focusCell, sectionOf } from "../../cells/perform";
import { takesPictures } from "../../cells/pictures";
import { activate, createView, type CellsViewStore } from "../../cells/ui";
import { NotebookUndo } from "../../cells/undo";
import { cellMap, cellsOf, headOf, type Language } from "../../model/cells";
import { begin } from "../../inputs/kinds";
import type { Control } from "../../model/inputs";
import { RuntimeIndex, SourceIndex } from "../../model/index";
import { can, type Rights } from "../../model/rights";
import type { RunState } from "../../model/run";
import type { Analysis, AnalysisSetup } from "../../analysis";
import { analysisOf } from "../../analysis/ask";
import type { ReadDefinition } from "../../analysis/DefinitionDialog";
import { commentedText } from "../../comments/marks";
import type { CommentStore } from "../../comments/store";
import { foundMarks } from "../../find/marks";
import { makeFinder, selectedText } from "./showMatch";
import type { Finder } from "../../find/finder";
import type { FindRequest } from "../../find/FindBar";
import { peerCarets } from "../../presence/cursors";
import { Follow } from "../../presence/follow";
import { PresenceRoom } from "../../presence/room";
import { useAppearance } from "../../ui/appearance";
import { CommandRefused } from "../../wire/commands";
import type { Documents } from "../../wire/documents";
import { Provider } from "../../wire/provider";
import { browserShelf } from "../../wire/shelf";
import { largeMoves } from "../../wire/widgets";
import { Store, type Readable } from "../../wire/store";
import type { EndsSource } from "../../wire/ends";
import { Html } from "../../outputs";
import { refusal, request, type Schemas } from "../../wire/http";
import { openSocket, whyClosed } from "../../wire/reach";
import type { FetchRange } from "../../wire/streams";
import type { CommandOp } from "../../wire/messages";
import { FollowRun } from "../../running/followRun";
import type { RunNews } from "../../running/notify";
import { Announcer } from "./announce";
import { CodeChecks } from "./codeChecks";
import { draftOn, goToThread, hearComments, makeComments, markComments } from "./commenting";
import { addPictures, adoptPictures } from "./pictures";
import { EditorLook } from "./editorLook";
import { listenToLooks, runNews, runsIn } from "./runNews";
import { goToDefinition } from "./goToDefinition";
import { WritingHelp } from "./writingHelp";

/** What the page shows on request of the session. */
export interface SessionUi {
  message: (text: string) => void;
  failed: (text: string) => void;
  undoable: (text: string, undo: () => void) => void;
  ask: (what: Question) => void;
  togglePanel: () => void;
  openComments: () => void;
}

export type Question = "restart" | "restart-run-all" | "stop" | "help" | "palette";

const BLOCKED = t`The connection is lost. Running waits until it is back.`;

export class NotebookSession {
  readonly notebook: string;
  readonly provider: Provider;
  readonly view: CellsViewStore = createView();
  readonly editors: Editors;
  readonly lostText = new LostText();
  readonly room: PresenceRoom;
  readonly follow: Follow;
  readonly announcer = new Announcer();
  readonly comments: CommentStore;
  readonly runs: RunNews;
  readonly followRun = new FollowRun((cell) => this.goTo(cell));
  /** The cell that runs now. */
  readonly running = new Store<string | null>(null);
  readonly finder: Finder;
  /** A definition outside the notebook that somebody wants to read. */
  readonly definition = new Store<ReadDefinition | null>(null);
  /** Whether the deleted cells are shown. */
  readonly bin = new Store(false);
  readonly #analysis: Analysis;
  /** The cell of which it is asked what it takes as an input. */
  readonly defining = new Store<string | null>(null);
  readonly #look: EditorLook;
  readonly #checks: CodeChecks;
  readonly #help: WritingHelp;
  /** What the bar that finds was opened for; null while it is closed. */
  readonly finding = new Store<FindRequest | null>(null);
  readonly #ui: SessionUi;
  readonly #slots: CellSlots;
  readonly #rights = new Store<Rights>(new Set());
  readonly #mayRun = new Store(false);
  readonly #runBlocked = new Store<string | null>(BLOCKED);
  readonly #cells: Store<Cells>;
  readonly #stop: (() => void)[] = [];
  readonly #states = new Map<string, RunState>();

  constructor(notebook: string, ui: SessionUi, makeSlots: (session: NotebookSession) => CellSlots) {
    this.notebook = notebook;
    this.#ui = ui;
    const address = `/api/notebooks/${encodeURIComponent(notebook)}`;
    this.provider = new Provider({
      notebook,
      openSocket: () => openSocket(`${address}/socket`),
      fetchRange: rangeFetcher(notebook),
      ends: endsOf(notebook),
      loadWidgets: () => request("GET", `${address}/widgets`),
      moveLarge: largeMoves(notebook),
      keep: browserShelf(),
      probe: () => whyClosed(address),
    });
    this.editors = new Editors((id, text, _type, parent) => this.#buildEditor(id, text, parent));
    this.room = new PresenceRoom(
      this.provider.awareness,
      this.editors,
      (cell) => this.textOf(cell),
      (callback) => void requestAnimationFrame(callback),
    );
    this.follow = new Follow(this.room, (cell) => this.goTo(cell));
    this.comments = makeComments(notebook);
    this.runs = runNews(this);
    this.#slots = makeSlots(this);
    this.#cells = new Store(this.#bind(this.provider.documents.get()));
    this.#analysis = analysisOf(notebook);
    this.finder = makeFinder(this.#cells, this.editors);
    this.#look = new EditorLook(this.editors);
    this.#help = new WritingHelp(this.editors, (id) => this.#analysed(id));
    this.#checks = new CodeChecks({
      cells: this.#cells,
      editors: this.editors,
      rights: this.#rights,
      analysis: this.#analysis,
      nameOf: this.nameOf,
      message: ui.message,
      failed: ui.failed,
    });
    this.#stop.push(
      this.provider.documents.subscribe(() => this.#rebind()),
      this.provider.connection.subscribe(() => this.#connectionChanged()),
      this.room.people.subscribe(this.#peopleChanged()),
      markComments(this),
      hearComments(this),
      listenToLooks(this.runs),
      useAppearance.subscribe(() => {
        for (const [, view] of this.editors.built()) view.requestMeasure(); // the text has another size
      }),
      rememberFolds(this.view, notebook),
      this.view.subscribe((now, before) => {
        if (now.active !== before.active) this.room.enterCell(now.active);
      }),
    );
  }

  get cells(): Readable<Cells> {
    return this.#cells;
  }

  get rights(): Readable<Rights> {
    return this.#rights;
  }

  /** Whether this person may run, and there is a connection to run over. */
  get mayRun(): Readable<boolean> {
    return this.#mayRun;
  }

  /** The code of a widget library of the project's environment; null where it has none of that name. */
  readonly widgetLibrary = async (name: string): Promise<string | null> => {
    const address = `/api/notebooks/${encodeURIComponent(this.notebook)}/widget-libraries/${name}`;
    const response = await fetch(address).catch(() => null);
    return response?.ok === true ? ((await response.json()) as Schemas["WidgetLibrary"]).code : null;
  };

  get runBlocked(): Readable<string | null> {
    return this.#runBlocked;
  }

  start(): void {
    this.provider.start();
    Html.ahead();
  }

  textOf(id: string): Y.Text | null {
    const cell = cellMap(cellsOf(this.#cells.get().doc), id);
    return cell === null ? null : (headOf(id, cell)?.source ?? null);
  }

  /** "cell 3", or null for one that is not in the list. */
  readonly nameOf = (id: string): string | null => {
    const place = this.#cells.get().source.order().indexOf(id);
    return place < 0 ? null : t`cell ${place + 1}`;
  };

  stateOf(id: string): RunState | undefined {
    return this.#states.get(id);
  }

  /** Bring a cell into sight, with its editor, without taking the focus from where it is. */
  goTo(id: string): void {
    bringBack(this.#cells.get(), id);
    this.editors.ensure(id);
    const section = sectionOf(id);
    section?.scrollIntoView({ block: "center" });
    // What was skipped by content-visibility gets its true height on the way; the second call lands.
    requestAnimationFrame(() => section?.scrollIntoView({ block: "center" }));
  }

  /** Show the panel of comments. */
  openComments(): void {
    this.#ui.openComments();
  }

  ask(what: Question): void {
    this.#ui.ask(what);
  }

  /** Send a command; a refusal is shown in words. Resolves to whether it was taken. */
  async command(op: CommandOp, args: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const blocked = this.#runBlocked.get();
    if (blocked !== null) {
      this.#ui.failed(blocked);
      return false;
    }
    try {
      await this.provider.command(op, args);
      if (op === "restart" || op === "stop") this.provider.restartAdvised.set([]);
      return true;
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      if (error.code !== "closed") this.#ui.failed(error.message);
      return false;
    }
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.finder.close();
    this.#checks.close();
    this.#look.close();
    this.#help.close();
    this.follow.end();
    this.room.close();
    this.comments.close();
    this.followRun.end();
    this.runs.close();
    this.announcer.close();
    unbind(this.#cells.get());
    this.provider.close();
  }

  // Binding to the documents

  #bind(documents: Documents): Cells {
    const { source: doc, runtime, comments } = documents;
    this.comments.bind(comments);
    const undo = new NotebookUndo(doc, (ids) => this.#popped(ids));
    const cells: Cells = {
      notebook: this.notebook,
      doc,
      source: new SourceIndex(doc),
      runtime: new RuntimeIndex(runtime),
      actions: new CellActions(doc, undo),
      undo,
      editors: this.editors,
      view: this.view,
      lostText: this.lostText,
      rights: this.#rights,
      runBlocked: this.#runBlocked,
      commands: this.#commands(),
      slots: this.#slots,
    };
    this.#states.clear();
    cells.runtime.subscribeRuns(() => this.#runsChanged(cells));
    return cells;
  }

  #rebind(): void {
    const old = this.#cells.get();
    const restore = this.#whereHandsAre();
    this.#cells.set(this.#bind(this.provider.documents.get()));
    unbind(old);
    this.room.rebind();
    // The editors are made anew in React's next commit.
    requestAnimationFrame(restore);
  }

  /** Notes scroll position, focus and caret; what is returned puts them back after the documents were replaced. */
  #whereHandsAre(): () => void {
    const { active } = this.view.getState();
    const editor = active === null ? null : this.editors.get(active);
    const caret = editor?.hasFocus === true ? editor.state.selection.main : null;
    const scroller = document.getElementById("scroll");
    const section = active === null ? null : sectionOf(active);
    const top = section?.getBoundingClientRect().top ?? 0;
    return () => {
      const cells = this.#cells.get();
      if (active === null || !cells.source.order().includes(active)) return;
      if (caret !== null && can(this.#rights.get(), "EDIT")) {
        const view = this.editors.focus(active, "same");
        const end = view?.state.doc.length ?? 0;
        view?.dispatch({ selection: { anchor: Math.min(caret.anchor, end), head: Math.min(caret.head, end) } });
      } else if (caret !== null) {
        section?.focus({ preventScroll: true });
      }
      const moved = (sectionOf(active)?.getBoundingClientRect().top ?? top) - top;
      if (Math.abs(moved) > 1) scroller?.scrollBy({ top: moved });
    };
  }

  #buildEditor(id: string, text: Y.Text, parent: HTMLElement): EditorView {
    const cells = this.#cells.get();
    const language = this.#languageOf(id);
    const watch = EditorView.updateListener.of((update) => {
      if (update.focusChanged && !update.view.hasFocus) {
        cells.undo.separate();
        this.room.caretGone();
      } else if (update.view.hasFocus && (update.focusChanged || update.selectionSet || update.docChanged)) {
        this.room.caretIn(text, update.view);
      }
    });
    const state = editorState({
      text,
      language,
      undo: cells.undo.manager,
      canEdit: can(this.#rights.get(), "EDIT"),
      neighbours: { leave: (direction) => this.#leave(id, direction) },
      look: this.#look.now,
      more: [
        peerCarets,
        foundMarks,
        commentedText((thread) => goToThread(this, thread)),
        watch,
        this.#help.in(id),
        language === "markdown" ? takesPictures((files, at) => this.#commands().pictures(id, files, at)) : [],
      ],
    });
    return new EditorView({ state, parent });
  }

  #languageOf(id: string): Language {
    const cell = cellMap(cellsOf(this.#cells.get().doc), id);
    return cell === null ? "code" : (headOf(id, cell)?.language ?? "code");
  }

  #analysed(id: string): AnalysisSetup | null {
    if (this.#languageOf(id) !== "code") return null;
    return {
      analysis: this.#analysis,
      cell: id,
      canEdit: () => can(this.#rights.get(), "EDIT"),
      say: (text) => this.announcer.say(text),
      goToDefinition: (place) => goToDefinition(this, this.#analysis, place),
    };
  }

  /** An arrow key at the edge of a cell goes on in the next one. */
  #leave(id: string, direction: -1 | 1): boolean {
    const cells = this.#cells.get();
    const order = cells.source.order();
    const next = order[order.indexOf(id) + direction];
    if (next === undefined) return false;
    const cell = cellMap(cells.doc.getMap("cells"), next);
    // An arrow key goes on past a form: inside a slider it would set another value.
    const isForm = document.getElementById(`input-${next}`) !== null;
    if (isForm || (cell !== null && headOf(next, cell)?.type === "markdown")) focusCell(cells, next);
    else editCell(cells, next, direction < 0 ? "end" : "start");
    return true;
  }

  /** After an undo: show what it changed, and keep the hands where they were (editor or list). */
  #popped(ids: ReadonlySet<string>): void {
    const cells = this.#cells.get();
    const order = cells.source.order();
    const id = order.find((one) => ids.has(one));
    if (id === undefined) return;
    const inEditor = document.activeElement?.closest(".cm-editor") != null;
    if (inEditor && this.editors.get(id)?.hasFocus === true) return;
    setFolds(this.view, "foldedCode", [id], false);
    requestAnimationFrame(() => {
      if (inEditor) editCell(cells, id, "same");
      else focusCell(cells, id);
    });
  }

  /** Starts a kernel if there is none, and runs the code from the top down to `cell`. */
  rerunTo(cell: string): void {
    const order = this.#cells.get().source.order();
    this.#commands().run(order.slice(0, order.indexOf(cell) + 1));
  }

  // Commands

  #commands(): CellCommands {
    return {
      run: (ids) => {
        void this.command("run", ids === "all" ? { cells: "all" } : { cells: ids.filter((id) => this.#isCode(id)) });
      },
      cancel: (id) => void this.command("cancel", { cell_id: id }),
      interrupt: () => void this.command("interrupt"),
      restart: () => this.#ui.ask("restart"),
      clear: (ids) => void this.command("clear", { cells: ids }),
      saved: () => this.#ui.message(t`Everything is saved as you type`),
      help: () => this.#ui.ask("help"),
      togglePanel: () => this.#ui.togglePanel(),
      find: (replace) => this.finding.set({ text: selectedText(this.view, this.editors), replace }),
      palette: () => this.#ui.ask("palette"),
      comment: (id) => {
        this.comments.draft.set(draftOn(this, id));
        this.#ui.openComments();
      },
      insertInput: (after, control) => this.#insertInput(after, control),
      defineInput: (id) => this.defining.set(id),
      adopt: (clipping) => adoptPictures(this.notebook, clipping, this.#ui),
      pictures: (id, files, at) => void addPictures(this, id, files, at, this.#ui),
      bin: () => this.bin.set(true),
      say: (text) => this.announcer.say(text),
      format: (ids) => void this.#checks.format(ids),
      deleted: (ids) => this.#offerBack(plural(ids.length, { one: "Cell deleted", other: "# cells deleted" }), ids),
      lostCell: (id) => this.#offerBack(t`Somebody deleted the cell you were writing in.`, [id]),
    };
  }

  /** Whether any cell's text has this word. */
  readonly isNameTaken = (name: string): boolean => {
    const word = new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, "u");
    return this.#cells
      .get()
      .source.order()
      .some((id) => word.test(this.textOf(id)?.toJSON() ?? ""));
  };

  #insertInput(after: string | null, control: Control): void {
    const { actions, view } = this.#cells.get();
    const definition = begin(control, this.isNameTaken);
    const id = actions.insertInput(after, definition);
    activate(view, id);
    this.defining.set(id);
  }

  #offerBack(text: string, ids: readonly string[]): void {
    this.announcer.say(text);
    this.#ui.undoable(text, () => {
      const cells = this.#cells.get();
      cells.actions.restore(ids);
      const [first] = ids;
      if (first !== undefined) requestAnimationFrame(() => focusCell(cells, first));
    });
  }

  #isCode(id: string): boolean {
    const cell = cellMap(cellsOf(this.#cells.get().doc), id);
    return cell !== null && headOf(id, cell)?.type === "code";
  }

  // What is said aloud, and what hangs on the connection

  #connectionChanged(): void {
    const { phase, rights, user } = this.provider.connection.get();
    const before = this.#runBlocked.get();
    if (can(rights, "EDIT") && !can(this.#rights.get(), "EDIT")) this.#analysis.prepare();
    this.#rights.set(rights);
    this.#runBlocked.set(phase === "online" ? null : BLOCKED);
    this.#mayRun.set(phase === "online" && rights.has("RUN"));
    this.room.setMe(user?.id ?? null);
    this.comments.setMe(user?.id ?? null);
    this.runs.setMe(user?.id ?? null);
    if (before === null && phase !== "online") this.announcer.say(t`Disconnected. Typing goes on and is kept.`);
    if (before !== null && phase === "online") this.announcer.say(t`Connected`);
  }

  #peopleChanged(): () => void {
    let known = new Map<string, string>();
    return () => {
      const now = new Map(this.room.people.get().map((here) => [here.person.id, here.person.name]));
      for (const [id, name] of now) if (!known.has(id)) this.announcer.say(t`${name} joined`);
      for (const [id, name] of known) if (!now.has(id)) this.announcer.say(t`${name} left`);
      known = now;
    };
  }

  #runsChanged(cells: Cells): void {
    const runs = runsIn(cells.runtime);
    const running = runs.find((one) => one.state === "running")?.cell ?? null;
    this.running.set(running);
    this.followRun.runs(running);
    this.runs.changed(runs);
    for (const { cell: id, state } of runs) {
      const before = this.#states.get(id);
      if (state === before) continue;
      this.#states.set(id, state);
      if (before !== "running") continue;
      const name = this.nameOf(id);
      if (name !== null && state === "done") this.announcer.say(t`${name} finished`);
      else if (name !== null && state !== "queued")
        this.announcer.say(state === "error" ? t`${name} failed` : t`${name} stopped`);
    }
  }
}

/** Take the selection to a cell without the focus, as when a notebook opens. */
export function openAt(session: NotebookSession, id: string): void {
  activate(session.view, id);
}

function unbind(cells: Cells): void {
  cells.source.destroy();
  cells.runtime.destroy();
  cells.undo.destroy();
}

function rangeFetcher(notebook: string): FetchRange {
  return async (id, range, signal) => {
    const address = `/api/notebooks/${encodeURIComponent(notebook)}/streams/${encodeURIComponent(id)}?start=${range.start}&end=${range.end}`;
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`The stream could not be read (${response.status}).`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, total: Number(response.headers.get("X-Total-Bytes") ?? range.start + bytes.length) };
  };
}

function endsOf(notebook: string): EndsSource {
  const address = (ids: readonly string[]): string =>
    `/api/notebooks/${encodeURIComponent(notebook)}/streams?ids=${ids.map(encodeURIComponent).join(",")}`;
  return {
    fetch: async (ids) => (await request<Schemas["StreamEnds"]>("GET", address(ids))).logs,
    fetchNow: (ids) => {
      const call = new XMLHttpRequest();
      call.open("GET", address(ids), false); // the browser prints what stands there when the event is over
      call.send();
      if (call.status !== 200) throw refusal(call.status, call.responseText);
      return (JSON.parse(call.responseText) as Schemas["StreamEnds"]).logs;
    },
  };
}
