import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "../../src/wire/api";
import type { Fetch } from "../../src/wire/http";

afterEach(() => vi.unstubAllGlobals());

describe("api", () => {
  it("escapes what stands in an address", async () => {
    const fetcher = vi.fn<Fetch>(() => Promise.resolve(new Response(null, { status: 204 })));
    vi.stubGlobal("fetch", fetcher);
    await api.removeMember("p/../1", "u?x=#1");
    expect(fetcher.mock.calls[0]?.[0]).toBe("/api/projects/p%2F..%2F1/members/u%3Fx%3D%231");
  });

  it("sends the secret of a link in the body and not in the address", async () => {
    const fetcher = vi.fn<Fetch>(() => Promise.resolve(new Response('{"project":"p","needs_account":false}')));
    vi.stubGlobal("fetch", fetcher);
    await api.useLink({ secret: "s3cret" });
    const [address, init] = fetcher.mock.calls[0] ?? [];
    expect(address).not.toContain("s3cret");
    expect(init?.body).toContain("s3cret");
  });
});
