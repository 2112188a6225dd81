import { describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { mentionAt, mentionsIn, peopleFor, piecesOf, type Mentionable } from "../../src/comments/pieces";
import { CommentStore } from "../../src/comments/store";
import { inOrder, newMessages, spanOf, threadsOf, unreadIn } from "../../src/comments/threads";

const message = (id: string, by: string, at: number, more: object = {}) => ({
  id,
  by,
  by_name: by,
  color: 1,
  at,
  body: id,
  ...more,
});

function docWith(threads: Record<string, { cell: string; msgs: object[]; more?: Record<string, unknown> }>): Y.Doc {
  const doc = new Y.Doc();
  for (const [id, { cell, msgs, more }] of Object.entries(threads)) {
    const thread = new Y.Map<unknown>([["cell", cell], ["msgs", Y.Array.from(msgs)], ...Object.entries(more ?? {})]);
    doc.getMap("threads").set(id, thread);
  }
  return doc;
}

const PEOPLE: Mentionable[] = [
  { id: "u1", name: "Ada Lovelace", login: "ada", color: 1 },
  { id: "u2", name: "Ada", login: "adah", color: 2 },
  { id: "u3", name: "Grace Hopper", login: "amazing", color: 3 },
];

describe("threads", () => {
  it("stand in the order of their cells, apart from those whose cell is gone", () => {
    const doc = docWith({
      t1: { cell: "b", msgs: [message("m1", "ada", 1)] },
      t2: { cell: "a", msgs: [message("m2", "ada", 2)] },
      t3: { cell: "x", msgs: [message("m3", "ada", 3)] },
    });
    const { here, gone } = inOrder(threadsOf(doc), ["a", "b"]);
    expect([here.map(({ id }) => id), gone.map(({ id }) => id)]).toEqual([["t2", "t1"], ["t3"]]);
  });

  it("count as new what others said since, and nothing that is deleted", () => {
    const doc = docWith({
      t1: {
        cell: "a",
        msgs: [message("m1", "bob", 5), message("m2", "me", 6), message("m3", "bob", 7, { is_deleted: true })],
      },
    });
    const [thread] = threadsOf(doc);
    expect(thread && unreadIn(thread, 4, "me").map(({ id }) => id)).toEqual(["m1"]);
    expect(thread && unreadIn(thread, 5, "me")).toEqual([]);
    expect(newMessages([], threadsOf(doc), "me").map((one) => one.message.id)).toEqual(["m1", "m3"]);
  });

  it("find their words by place, by text, or not at all", () => {
    const source = new Y.Doc();
    const text = source.getText("t");
    text.insert(0, "total = price");
    const json = (index: number): unknown =>
      Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index));
    const place = JSON.stringify({ start: json(8), end: json(13) });
    const more = { quote: "price", place };
    const [thread] = threadsOf(docWith({ t: { cell: "a", msgs: [], more } }));
    text.insert(0, "net ");
    expect(thread && spanOf(thread, text)).toEqual({ from: 12, to: 17 });
    const [lost] = threadsOf(docWith({ t: { cell: "a", msgs: [], more: { quote: "price", place: "{broken" } } }));
    expect(lost && spanOf(lost, text)).toEqual({ from: 12, to: 17 });
    text.delete(0, text.length);
    expect(lost && spanOf(lost, text)).toBeNull();
  });
});

describe("what is written", () => {
  it("is split into code, addresses and people, the longest name first", () => {
    expect(piecesOf("@Ada Lovelace see `x<1` at https://a.org/x. @Ada!", ["Ada", "Ada Lovelace"])).toEqual([
      { kind: "person", text: "@Ada Lovelace" },
      { kind: "text", text: " see " },
      { kind: "code", text: "x<1" },
      { kind: "text", text: " at " },
      { kind: "link", text: "https://a.org/x" },
      { kind: "text", text: ". " },
      { kind: "person", text: "@Ada" },
      { kind: "text", text: "!" },
    ]);
  });

  it("makes no link of anything but http", () => {
    expect(piecesOf("javascript:alert(1) data:text/html,x", [])).toEqual([
      { kind: "text", text: "javascript:alert(1) data:text/html,x" },
    ]);
  });

  it("offers people for an @ at the start of a word", () => {
    expect(mentionAt("hello @gr", 9)).toEqual({ at: 6, query: "gr" });
    expect(mentionAt("mail a@b", 8)).toBeNull();
    expect(peopleFor("hop", PEOPLE).map(({ id }) => id)).toEqual(["u3"]);
    expect(peopleFor("ada", PEOPLE).map(({ id }) => id)).toEqual(["u1", "u2"]);
    expect(mentionsIn("ask @Grace Hopper", PEOPLE)).toEqual(["u3"]);
  });
});

describe("the store", () => {
  it("counts by cell, and notes what was read once", async () => {
    const put = vi.fn(() => Promise.resolve());
    const store = new CommentStore({ get: () => Promise.resolve(4), put });
    const doc = docWith({
      t1: { cell: "a", msgs: [message("m1", "bob", 3), message("m2", "bob", 9)] },
      t2: { cell: "a", msgs: [message("m3", "bob", 9)], more: { resolved: { by: "b", by_name: "bob", at: 9 } } },
    });
    store.bind(doc);
    const cell = store.inCell("a");
    expect(cell.get()).toEqual({ open: 2, unread: 0 }); // nothing is new before the server has told
    store.setMe("me");
    await vi.waitFor(() => expect(store.seenAt.get()).toBe(4));
    expect(cell.get()).toEqual({ open: 2, unread: 1 });
    store.markRead();
    store.markRead();
    expect(put.mock.calls).toEqual([[9]]);
    expect(cell.get()).toEqual({ open: 2, unread: 0 });
    store.close();
  });
});
