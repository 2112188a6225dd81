/** An open text file: the connection, its text, this person's undo, and where everybody is. */

import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import * as Y from "yjs";
import { keySet, writable, writableAs } from "../../cells/extensions";
import { loadKeys, type KeySet } from "../../cells/keymaps";
import type { Rights } from "../../model/rights";
import { PresenceRoom, type Here } from "../../presence/room";
import { useChoices } from "../../wire/choices";
import { TEXT, TEXT_FILE } from "../../wire/documents";
import { Live } from "../../wire/live";
import { browserShelf } from "../../wire/shelf";
import { openSocket, whyClosed } from "../../wire/reach";
import { Store, type Readable } from "../../wire/store";
import type { Schemas } from "../../wire/http";
import { buildEditor, goToLine, rename, wrapping, wrappingAs } from "./editor";

const CAPTURE_MS = 400;

export class TextSession {
  readonly live: Live;
  readonly room: PresenceRoom;
  readonly #file: Store<Schemas["TextFile"]>;
  /** What stands in the way of writing the file; empty when nothing does. */
  readonly trouble = new Store("");
  readonly #rights = new Store<Rights>(new Set());
  readonly #built = new Set<(cell: string, view: EditorView) => void>();
  readonly #stop: (() => void)[];
  #view: EditorView | null = null;
  #keys: Extension = [];
  #keySet: KeySet = "usual";

  constructor(project: string, file: Schemas["TextFile"]) {
    this.#file = new Store(file);
    const at = `/api/projects/${encodeURIComponent(project)}`;
    const socket = () => `${at}/text-socket/${this.#file.get().address}?text=${encodeURIComponent(file.id)}`;
    this.live = new Live(
      {
        history: file.id,
        openSocket: () => openSocket(socket()),
        keep: browserShelf(),
        probe: () => whyClosed(`${at}/texts/${this.#file.get().address}`),
      },
      TEXT_FILE,
      {
        onMessage: (message) => {
          if (message.type === "notice") this.trouble.set(message.text);
          if (message.type === "moved") this.#moved(message);
        },
        onStream: () => undefined,
        onGreeted: () => this.trouble.set(""),
        onLost: () => undefined,
        onPrint: () => undefined,
      },
    );
    this.room = new PresenceRoom(
      this.live.awareness,
      {
        get: () => this.#view,
        onBuilt: (listener) => {
          this.#built.add(listener);
          return () => this.#built.delete(listener);
        },
      },
      () => this.text,
      (callback) => void requestAnimationFrame(callback),
    );
    this.#stop = [
      this.live.connection.subscribe(() => this.#connectionChanged()),
      useChoices.subscribe(() => this.#look()),
    ];
    this.#look();
  }

  get rights(): Readable<Rights> {
    return this.#rights;
  }

  /** The file, under the path that it has now. */
  get file(): Readable<Schemas["TextFile"]> {
    return this.#file;
  }

  get text(): Y.Text {
    return this.live.documents.get().source.getText(TEXT);
  }

  get view(): EditorView | null {
    return this.#view;
  }

  start(): void {
    this.live.start();
    this.room.enterCell(TEXT);
  }

  /** Show the text in `parent` until the returned function is called; `line` is where to begin, from 1. */
  show(parent: HTMLElement, line: number | null): () => void {
    const { text } = this;
    const undo = new Y.UndoManager(text, { captureTimeout: CAPTURE_MS });
    const watch = EditorView.updateListener.of((update) => {
      if (update.focusChanged && !update.view.hasFocus) this.room.caretGone();
      else if (update.view.hasFocus && (update.focusChanged || update.selectionSet || update.docChanged))
        this.room.caretIn(text, update.view);
    });
    const view = buildEditor(
      {
        name: this.#file.get().name,
        text,
        undo,
        canEdit: this.#rights.get().has("FILES"),
        wrap: useChoices.getState().choices.wrap,
        keys: this.#keys,
        more: watch,
      },
      parent,
    );
    this.#view = view;
    this.room.rebind();
    for (const listener of this.#built) listener(TEXT, view);
    if (line !== null) goToLine(view, line);
    return () => {
      this.#view = null;
      undo.destroy();
      view.destroy();
    };
  }

  /** Show where somebody's caret is. */
  showPerson(here: Here): void {
    const at = this.#view === null ? null : this.room.caretOf(here.person.id);
    if (at !== null) this.#view?.dispatch({ effects: EditorView.scrollIntoView(at, { y: "center" }) });
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.room.close();
    this.live.close();
  }

  #moved({ name, path, address }: Schemas["Moved"]): void {
    this.#file.set({ ...this.#file.get(), name, path, address });
    if (this.#view !== null) rename(this.#view, name);
    this.#look();
  }

  #connectionChanged(): void {
    const { rights, user } = this.live.connection.get();
    this.room.setMe(user?.id ?? null);
    if (rights === this.#rights.get()) return;
    this.#rights.set(rights);
    this.#view?.dispatch({ effects: writable.reconfigure(writableAs(rights.has("FILES"))) });
  }

  #look(): void {
    const { choices } = useChoices.getState();
    this.#view?.dispatch({ effects: wrapping.reconfigure(wrappingAs(this.#file.get().name, choices.wrap)) });
    if (choices.keys === this.#keySet) return;
    const wanted = (this.#keySet = choices.keys);
    void loadKeys(wanted).then(
      (loaded) => {
        if (wanted !== this.#keySet) return; // chosen anew meanwhile
        this.#keys = loaded;
        this.#view?.dispatch({ effects: keySet.reconfigure(loaded) });
      },
      () => undefined, // the usual keys go on
    );
  }
}
