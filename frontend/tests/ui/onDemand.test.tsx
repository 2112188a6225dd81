// @vitest-environment jsdom
import { act, type ReactElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetchCode, OutOfReach } from "../../src/ui/code/fetchCode";
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
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const shown = async (element: ReactElement): Promise<string> => {
  await act(async () => {
    root.render(element);
    await Promise.resolve();
  });
  return document.body.textContent;
};

/** Let every attempt to fetch code have its turn. */
const later = async (): Promise<string> => {
  await act(() => vi.advanceTimersByTimeAsync(3_000));
  return document.body.textContent;
};

const gone = () => Promise.reject<typeof Words>(new TypeError("Failed to fetch"));

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

test("code is asked for again where the network stumbled", async () => {
  vi.useFakeTimers();
  const load = vi
    .fn(gone)
    .mockImplementationOnce(gone)
    .mockImplementationOnce(() => Promise.resolve(Words));
  const Part = partOnDemand(load);
  expect(await shown(<Part text="here" />)).toBe("");
  expect(await later()).toBe("here");
  await expect(Promise.all([fetchCode(gone), vi.advanceTimersByTimeAsync(3_000)])).rejects.toThrow(OutOfReach);
});

test("a part out of reach says so, and the page stays; it comes when somebody asks again or the network is back", async () => {
  vi.useFakeTimers();
  const load = vi.fn(gone);
  const Part = partOnDemand(load);
  await shown(
    <>
      <p>the page</p>
      <Part text="here" />
    </>,
  );
  expect(await later()).toMatch(/the page.*could not be fetched.*Try again.*Reload the page/s);
  act(() => document.querySelector("button")?.click());
  expect(await later()).toContain("could not be fetched");
  expect(load).toHaveBeenCalledTimes(6);
  load.mockImplementation(() => Promise.resolve(Words));
  act(() => void window.dispatchEvent(new Event("online")));
  expect(await later()).toBe("the pagehere");
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

test("a dialog that is long on its way says so, and so does one out of reach; opened anew it is asked for anew", async () => {
  vi.useFakeTimers();
  type Asked = (props: { open: boolean }) => ReactElement;
  const load = vi.fn(() => Promise.reject<Asked>(new TypeError("gone")));
  const Asked = dialogOnDemand<{ open: boolean; onOpenChange: () => void }>(load);
  const change = (): void => undefined;
  await shown(<Asked open onOpenChange={change} />);
  await act(() => vi.advanceTimersByTimeAsync(450));
  expect(document.body.textContent).toContain("Loading…");
  expect(await later()).toContain("could not be fetched");
  load.mockImplementation(() => Promise.resolve(({ open }) => <p>{open ? "open" : "closed"}</p>));
  await shown(<Asked open={false} onOpenChange={change} />);
  expect(await shown(<Asked open onOpenChange={change} />)).toContain("open");
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
});
