import { describe, expect, it, vi } from "vitest";
import { all, ApiError, reasonOf, refusal, request, upload, type Fetch } from "../../src/wire/http";

const answering = (status: number, body: string): Fetch =>
  vi.fn(() => Promise.resolve(new Response(body === "" ? null : body, { status })));

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiError) return error;
  throw error;
}

describe("request", () => {
  it("sends JSON with the cookie of this site only, and returns the answer", async () => {
    const fetcher = vi.fn<Fetch>(() => Promise.resolve(new Response('{"id":"p1"}', { status: 201 })));
    await expect(request("POST", "/api/projects", { name: "Ä" }, {}, fetcher)).resolves.toEqual({ id: "p1" });
    const [address, init] = fetcher.mock.calls[0] ?? [];
    expect(address).toBe("/api/projects");
    expect(init).toMatchObject({
      method: "POST",
      body: '{"name":"Ä"}',
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
    });
  });

  it("sends no body and no type with a GET", async () => {
    const fetcher = vi.fn<Fetch>(() => Promise.resolve(new Response("{}")));
    await request("GET", "/api/me", undefined, {}, fetcher);
    const init = fetcher.mock.calls[0]?.[1];
    expect(init).not.toHaveProperty("body");
    expect(init?.headers).not.toHaveProperty("Content-Type");
  });

  it("takes an empty answer as nothing", async () => {
    await expect(request("DELETE", "/api/x", undefined, {}, answering(204, ""))).resolves.toBeUndefined();
  });

  it("turns the server's refusal into its code and reason", async () => {
    const body = JSON.stringify({ error: { code: "no_right", reason: "Ask Ada." } });
    const error = await errorOf(request("GET", "/api/x", undefined, {}, answering(403, body)));
    expect(error).toMatchObject({ status: 403, code: "no_right", reason: "Ask Ada." });
  });

  it("says that the server cannot be reached", async () => {
    const error = await errorOf(
      request("GET", "/api/x", undefined, {}, () => Promise.reject(new TypeError("Failed to fetch"))),
    );
    expect(error).toMatchObject({ status: 0, code: "offline" });
  });

  it("lets an aborted request stay an abort, so that it is shown to nobody", async () => {
    const abort = new DOMException("gone", "AbortError");
    await expect(request("GET", "/api/x", undefined, {}, () => Promise.reject(abort))).rejects.toBe(abort);
  });

  it("refuses an answer that is not JSON", async () => {
    const error = await errorOf(request("GET", "/api/x", undefined, {}, answering(200, "<html>")));
    expect(error.code).toBe("broken_answer");
  });
});

describe("refusal", () => {
  it.each([
    [502, "<html>Bad gateway</html>", "server_error"],
    [500, "", "server_error"],
    [413, "too large", "refused"],
    [400, '{"error": "text"}', "refused"],
    [400, '{"error": {"code": 3, "reason": "x"}}', "refused"],
    [400, "null", "refused"],
  ])("gives words of its own for %i %s", (status, text, code) => {
    const error = refusal(status, text);
    expect(error.code).toBe(code);
    expect(error.reason).toMatch(/\.$/);
    expect(error.reason).not.toContain("<");
  });
});

describe("reasonOf", () => {
  it("shows a refusal's sentence and never the text of a bug", () => {
    expect(reasonOf(new ApiError(409, "taken", "The name is taken."))).toBe("The name is taken.");
    expect(reasonOf(new Error("undefined is not a function"))).not.toContain("undefined");
  });
});

describe("all", () => {
  it("follows the cursor to the end and escapes it", async () => {
    const pages = [
      { items: [1, 2], next: "a&b" },
      { items: [3], next: null },
    ];
    const addresses: string[] = [];
    vi.stubGlobal("fetch", (address: string) => {
      addresses.push(address);
      return Promise.resolve(new Response(JSON.stringify(pages[addresses.length - 1])));
    });
    await expect(all("/api/projects/p/notebooks?deleted=true")).resolves.toEqual([1, 2, 3]);
    expect(addresses).toEqual([
      "/api/projects/p/notebooks?deleted=true",
      "/api/projects/p/notebooks?deleted=true&cursor=a%26b",
    ]);
    vi.unstubAllGlobals();
  });

  it("stops at its limit when a server never ends the list", async () => {
    let asked = 0;
    vi.stubGlobal("fetch", () => {
      asked += 1;
      return Promise.resolve(new Response('{"items": [0], "next": "more"}'));
    });
    await expect(all("/api/x", {}, 3)).resolves.toEqual([0, 0, 0]);
    expect(asked).toBe(3);
    vi.unstubAllGlobals();
  });
});

describe("upload", () => {
  /** A request of the browser, answered by hand. */
  class Call {
    upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
    onload = (): void => undefined;
    onerror = (): void => undefined;
    status = 0;
    responseText = "";
    sent = "";
    open = vi.fn();
    setRequestHeader = vi.fn();
    send(body: string): void {
      this.sent = body;
    }
    answer(status: number, text: string): void {
      this.status = status;
      this.responseText = text;
      this.onload();
    }
  }
  const begin = (onProgress = vi.fn()) => {
    const call = new Call();
    return { call, onProgress, done: upload("/api/x", { name: "Ä" }, onProgress, call as unknown as XMLHttpRequest) };
  };

  it("tells its progress and returns the answer", async () => {
    const { call, onProgress, done } = begin();
    call.upload.onprogress?.({ loaded: 1, total: 4 });
    call.answer(201, '{"id":"n1"}');
    await expect(done).resolves.toEqual({ id: "n1" });
    expect(onProgress).toHaveBeenCalledWith(0.25);
    expect(call.sent).toBe('{"name":"Ä"}');
  });

  it("fails with the server's refusal, and in words without a connection", async () => {
    const refused = begin();
    refused.call.answer(413, '{"error":{"code":"too_large","reason":"Too large."}}');
    expect((await errorOf(refused.done)).reason).toBe("Too large.");
    const away = begin();
    away.call.onerror();
    expect((await errorOf(away.done)).code).toBe("offline");
  });
});
