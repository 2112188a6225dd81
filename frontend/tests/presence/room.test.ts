// @vitest-environment jsdom
import { EditorView } from "@codemirror/view";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { EditorState } from "@codemirror/state";
import { peerCarets } from "../../src/presence/cursors";
import { Follow } from "../../src/presence/follow";
import { PresenceRoom } from "../../src/presence/room";

let doc: Y.Doc;
let text: Y.Text;
let awareness: Awareness;
let room: PresenceRoom;
let view: EditorView;
let other: EditorView;
let frames: (() => void)[] = [];
let built: (cell: string, view: EditorView) => void = () => undefined;

const frame = (): void => {
  const due = frames;
  frames = [];
  for (const callback of due) callback();
};
const at = (index: number): unknown => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index));

function join(client: number, state: object): void {
  const remote = new Awareness(new Y.Doc());
  remote.clientID = client;
  for (let clock = (awareness.meta.get(client)?.clock ?? 0) + 1; clock >= 0; clock -= 1) remote.setLocalState(state);
  applyAwarenessUpdate(awareness, encodeAwarenessUpdate(remote, [client]), "test");
  remote.destroy();
}

const grace = { id: "u2", name: "Grace Hopper", color: 1 };

beforeEach(() => {
  doc = new Y.Doc();
  text = doc.getText("a");
  text.insert(0, "hello world");
  awareness = new Awareness(new Y.Doc());
  const editor = (): EditorView =>
    new EditorView({ state: EditorState.create({ doc: "hello world", extensions: peerCarets }) });
  view = editor();
  other = editor();
  const editors = {
    get: (cell: string) => (cell === "a" ? view : cell === "b" ? other : null),
    onBuilt: (listener: typeof built) => {
      built = listener;
      return () => undefined;
    },
  };
  room = new PresenceRoom(
    awareness,
    editors,
    (cell) => (cell === "a" ? text : null),
    (callback) => frames.push(callback),
  );
  frame();
});

afterEach(() => {
  room.close();
  view.destroy();
  other.destroy();
  awareness.destroy();
  frames = [];
});

it("draws a caret with a name, once a frame, in the editor whose cell changed and no other", () => {
  const here = vi.spyOn(view, "dispatch");
  const there = vi.spyOn(other, "dispatch");
  join(7, { user: grace, cell: "a", cursor: { anchor: at(2), head: at(5) } });
  join(7, { user: grace, cell: "a", cursor: { anchor: at(3), head: at(5) } });
  expect(frames.length).toBe(1);
  frame();
  expect(here).toHaveBeenCalledTimes(1);
  expect(there).not.toHaveBeenCalled();
  expect(view.dom.querySelector(".remote-flag")?.textContent).toBe("Grace Hopper");
  expect(view.dom.querySelector(".remote-selection")?.textContent).toBe("lo");
  join(7, { user: grace, cell: "a", cursor: { anchor: at(3), head: at(5) }, view: "z" });
  frame();
  expect(here).toHaveBeenCalledTimes(1);
});

it("takes the caret away with the person, and when the place no longer exists", () => {
  join(7, { user: grace, cell: "a", cursor: { anchor: at(2), head: at(2) } });
  frame();
  expect(view.dom.querySelector(".remote-caret")).not.toBeNull();
  const elsewhere = new Y.Doc().getText("x");
  elsewhere.insert(0, "abc");
  const foreign = Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(elsewhere, 1)) as unknown;
  join(7, { user: grace, cell: "a", cursor: { anchor: foreign, head: foreign } });
  frame();
  expect(view.dom.querySelector(".remote-caret")).toBeNull();
  join(7, { user: grace, cell: "a", cursor: { anchor: "garbage", head: 5 } });
  frame();
  expect(room.people.get().length).toBe(1);
});

it("says who is in a cell and does not count own windows", () => {
  room.setMe("u1");
  join(7, { user: grace, cell: "a" });
  join(8, { user: { id: "u1", name: "Ada", color: 2 }, cell: "a" });
  frame();
  expect(
    room
      .inCell("a")
      .get()
      .map((here) => here.person.name),
  ).toEqual(["Grace Hopper"]);
  expect(room.people.get().length).toBe(1);
});

it("draws carets in an editor that is built later", () => {
  join(7, { user: grace, cell: "a", cursor: { anchor: at(2), head: at(2) } });
  built("a", view);
  frame();
  expect(view.dom.querySelector(".remote-caret")).not.toBeNull();
});

it("sends where this person is once a frame, and clears the caret but not the cell on blur", () => {
  const sent: unknown[] = [];
  awareness.on("update", () => sent.push(awareness.getLocalState()));
  room.enterCell("a");
  room.caretIn(text, view);
  room.caretIn(text, view);
  frame();
  expect(sent).toHaveLength(1);
  expect(awareness.getLocalState()).toMatchObject({ cell: "a", cursor: { anchor: at(0), head: at(0) } });
  room.caretGone();
  frame();
  expect(awareness.getLocalState()).toMatchObject({ cell: "a", cursor: null });
});

it("goes to a person at the first click, follows at the second, and stops at a key", () => {
  const visited: string[] = [];
  const follow = new Follow(room, (cell) => visited.push(cell));
  join(7, { user: grace, cell: "a" });
  frame();
  const [here] = room.people.get();
  if (here === undefined) throw new Error("nobody is here");
  follow.pick(here);
  expect([visited, follow.following.get()]).toEqual([["a"], null]);
  follow.pick(here);
  expect(follow.following.get()?.person.name).toBe("Grace Hopper");
  join(7, { user: grace, cell: "b" });
  frame();
  expect(visited.at(-1)).toBe("b");
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(follow.following.get()).toBeNull();
  join(7, { user: grace, cell: "a" });
  frame();
  expect(visited.at(-1)).toBe("b");
});
