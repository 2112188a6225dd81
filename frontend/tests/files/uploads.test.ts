import { expect, test } from "vitest";
import { PART_BYTES, Uploads, type Hands } from "../../src/files/uploads";
import type { Sending, Sent } from "../../src/wire/fileUpload";
import { ApiError } from "../../src/wire/http";

/** A server that keeps what it is sent, and fails as it is told. */
class Far {
  readonly sent: string[] = [];
  readonly forgotten: string[] = [];
  offset = 0;
  fail: (Error | null)[] = [];
  isHeld = false;

  readonly hands: Hands = {
    send: async (sending: Sending): Promise<Sent> => {
      const { part, content, address, signal } = sending;
      signal.throwIfAborted();
      this.sent.push(`${address} ${part === undefined ? "whole" : content === null ? "?" : part.start}`);
      const failure = this.fail.shift();
      if (failure != null) throw failure;
      if (this.isHeld) await new Promise((_, reject) => signal.addEventListener("abort", reject));
      if (part === undefined) return done;
      this.offset = content === null ? this.offset : part.start + content.size;
      if (content !== null && this.offset === part.of) return done;
      return { done: false, upload: { id: "u1", path: "", address, offset: this.offset, size: part.of, begun_at: "" } };
    },
    forget: (id) => {
      this.forgotten.push(id);
      return Promise.resolve();
    },
    arrived: () => this.arrivals?.(),
    pause: () => Promise.resolve(),
  };

  arrivals: (() => void) | null = null;
  arrival(): Promise<void> {
    return new Promise((resolve) => (this.arrivals = resolve));
  }
}

const done = { done: true, entry: {} } as Sent;
const offline = new ApiError(0, "offline", "away");
const large = new Blob([new Uint8Array(2 * PART_BYTES + 5)]);
const small = new Blob(["small"]);

/** Resolves once the first upload is in a state. */
const until = (uploads: Uploads, state: string): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (uploads.items.get()[0]?.state === state) resolve();
    };
    uploads.items.subscribe(look);
    look();
  });

test("a small file goes whole, a large one in parts", async () => {
  const far = new Far();
  const uploads = new Uploads("p", far.hands);
  const both = far.arrival().then(() => far.arrival());
  uploads.add("in here", [
    { path: "a b.txt", file: small },
    { path: "large", file: large },
  ]);
  await both;
  expect(far.sent).toEqual([
    "in%20here/a%20b.txt whole",
    "in%20here/large ?",
    "in%20here/large 0",
    `in%20here/large ${PART_BYTES}`,
    `in%20here/large ${2 * PART_BYTES}`,
  ]);
});

test("after a lost connection it asks how far it came, and goes on from there", async () => {
  const far = new Far();
  far.fail = [null, null, offline, offline];
  const uploads = new Uploads("p", far.hands);
  const arrival = far.arrival();
  uploads.add("", [{ path: "large", file: large }]);
  await arrival;
  expect(far.sent.map((each) => each.split(" ")[1])).toEqual([
    "?",
    "0",
    `${PART_BYTES}`,
    "?",
    "?",
    `${PART_BYTES}`,
    `${2 * PART_BYTES}`,
  ]);
});

test("a file that is there already is asked about, and may keep both", async () => {
  const far = new Far();
  far.fail = [new ApiError(412, "exists", "there is one")];
  const uploads = new Uploads("p", far.hands);
  uploads.add("", [{ path: "a.txt", file: small }]);
  await until(uploads, "exists");
  uploads.resume(1, "keep both");
  await until(uploads, "done");
  expect(far.sent).toEqual(["a.txt whole", "a%202.txt whole"]);
});

test("a pause stops the request, and a cancel takes off the server what has arrived", async () => {
  const far = new Far();
  far.isHeld = true;
  const uploads = new Uploads("p", far.hands);
  uploads.add("", [{ path: "large", file: large }]);
  uploads.pause(1);
  expect(uploads.items.get()[0]?.state).toBe("paused");
  far.isHeld = false;
  far.fail = [null, null, new ApiError(413, "quota_full", "full")];
  uploads.resume(1);
  await until(uploads, "failed");
  expect(uploads.items.get()[0]?.reason).toBe("full");
  uploads.cancel(1);
  expect(uploads.items.get()).toEqual([]);
  expect(far.forgotten).toEqual(["u1"]);
});
