/** Comments in an open notebook: how they begin, where they show in editors, and how people hear of them. */

import { t } from "@lingui/core/macro";
import type { CommentDraft } from "../../comments/store";
import { CommentStore } from "../../comments/store";
import { setCommented, type CommentedSpan } from "../../comments/marks";
import { newMessages, spanOf, type CommentThread } from "../../comments/threads";
import { sectionOf } from "../../cells/perform";
import { toastAction } from "../../ui/Toast";
import { api } from "../../wire/api";
import type { NotebookSession } from "./session";

const MOST_QUOTED = 500;

export function makeComments(notebook: string): CommentStore {
  return new CommentStore({
    get: async () => {
      const { at } = await api.commentsRead(notebook);
      return at === null ? null : Date.parse(at);
    },
    put: (at) => api.readComments(notebook, new Date(at).toISOString()),
  });
}

/** What a comment on `cell` would be about: the words selected in its editor, else the cell. */
export function draftOn(session: NotebookSession, cell: string): CommentDraft {
  const editor = session.editors.get(cell);
  const selected = editor?.state.selection.main;
  if (editor === null || selected === undefined || selected.empty) return { cell, range: null };
  const quote = editor.state.sliceDoc(selected.from, Math.min(selected.to, selected.from + MOST_QUOTED));
  return { cell, range: quote.trim() === "" ? null : { quote, start: selected.from } };
}

/** Go to a thread: its words come into sight, and the panel shows it. */
export function goToThread(session: NotebookSession, id: string): void {
  const thread = session.comments.threads.get().find((one) => one.id === id);
  if (thread === undefined) return;
  if (sectionOf(thread.cell) !== null) session.goTo(thread.cell);
  session.comments.wanted.set(id);
  session.openComments();
}

/** Mark commented words in the editors, now and whenever that changes; returns how to stop. */
export function markComments(session: NotebookSession): () => void {
  const drawn = new Map<string, string>();
  const draw = (cell: string, threads: readonly CommentThread[]): void => {
    const view = session.editors.get(cell);
    const source = session.textOf(cell);
    if (view === null || source === null) return;
    const spans: CommentedSpan[] = threads.flatMap((thread) => {
      const span = thread.cell === cell && thread.resolvedBy === null ? spanOf(thread, source) : null;
      return span === null ? [] : [{ thread: thread.id, ...span }];
    });
    const signature = spans.map(({ thread }) => thread).join(" ");
    if (signature === (drawn.get(cell) ?? "")) return; // the editor moves those it has with the text
    drawn.set(cell, signature);
    view.dispatch({ effects: setCommented.of(spans) });
  };
  const stopBuilt = session.editors.onBuilt((cell) => {
    drawn.delete(cell);
    // An editor may be told only once it is out of its own constructor.
    requestAnimationFrame(() => draw(cell, session.comments.threads.get()));
  });
  const stopThreads = session.comments.threads.subscribe(() => {
    const threads = session.comments.threads.get();
    for (const cell of new Set([...drawn.keys(), ...threads.map((thread) => thread.cell)])) draw(cell, threads);
  });
  return () => {
    stopBuilt();
    stopThreads();
  };
}

/** Say aloud what others write, and show whoever is mentioned that they are; returns how to stop. */
export function hearComments(session: NotebookSession): () => void {
  const since = Date.now();
  let known: readonly CommentThread[] = [];
  return session.comments.threads.subscribe(() => {
    const now = session.comments.threads.get();
    const before = known;
    known = now;
    const { me } = session.comments;
    for (const { thread, message } of newMessages(before, now, me)) {
      const place = session.nameOf(thread.cell);
      if (place === null || message.at < since) continue; // what was here already comes as new at first
      session.announcer.say(t`${message.byName} commented on ${place}`);
      if (me !== null && message.mentions.includes(me)) {
        toastAction(t`${message.byName} mentioned you on ${place}`, t`Show`, () => goToThread(session, thread.id));
      }
    }
  });
}
