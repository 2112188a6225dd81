// @vitest-environment jsdom
import { act, type ReactElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dialogOnDemand, partOnDemand } from "../../src/ui/onDemand";

let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

const shown = async (element: ReactElement): Promise<string> => {
  await act(async () => {
    root.render(element);
    await Promise.resolve();
  });
  return document.body.textContent;
};

const Words = ({ text }: { text: string }) => <p>{text}</p>;

test("a part shows what waits in its place until its code is here, and is fetched once for all", async () => {
  const load = vi.fn(() => Promise.resolve(Words));
  const Part = partOnDemand(load, ({ text }) => <p>{`waiting for ${text}`}</p>);
  act(() => root.render(<Part text="one" />));
  expect(document.body.textContent).toBe("waiting for one");
  expect(await shown(<Part text="one" />)).toBe("one");
  expect(await shown(<Part key="another" text="two" />)).toBe("two");
  expect(load).toHaveBeenCalledTimes(1);
});

test("a part out of reach says so, and the page stays", async () => {
  const Part = partOnDemand(() => Promise.reject<typeof Words>(new TypeError("Failed to fetch")));
  const text = await shown(
    <>
      <p>the page</p>
      <Part text="here" />
    </>,
  );
  expect(text).toContain("the page");
  expect(text).toContain("could not be fetched");
  expect(text).toContain("Reload the page");
});

test("a dialog is fetched when it is first opened, and no sooner", async () => {
  const load = vi.fn(() => Promise.resolve(({ open }: { open: boolean }) => <p>{open ? "open" : "closed"}</p>));
  const Asked = dialogOnDemand<{ open: boolean; onOpenChange: () => void }>(load);
  const change = (): void => undefined;
  expect(await shown(<Asked open={false} onOpenChange={change} />)).toBe("");
  expect(load).not.toHaveBeenCalled();
  expect(await shown(<Asked open onOpenChange={change} />)).toBe("open");
  expect(await shown(<Asked open={false} onOpenChange={change} />)).toBe("closed");
});

test("a dialog out of reach says so", async () => {
  const Asked = dialogOnDemand<{ open: boolean; onOpenChange: () => void }>(() =>
    Promise.reject(new TypeError("gone")),
  );
  expect(await shown(<Asked open onOpenChange={() => undefined} />)).toContain("could not be fetched");
});

test("a dialog is fetched ahead on a page that has settled", async () => {
  vi.useFakeTimers();
  const load = vi.fn(() => Promise.reject<typeof Words>(new TypeError("gone")));
  const Asked = dialogOnDemand<{ text: string; open: boolean; onOpenChange: () => void }>(load);
  act(() => root.render(<Asked text="" open={false} onOpenChange={() => undefined} />));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(load).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(load).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});
