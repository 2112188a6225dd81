/** Code that comes when it is needed, asked for again where the network stumbled. The frame of outputs uses it too. */

/** When code is asked for again, in milliseconds after each failure. */
const AGAIN_AFTER_MS: readonly number[] = [500, 2000];

/** Style sheets that did not come; whoever asks for their code again gets it without them. */
const failedStyles = new Set<HTMLLinkElement>();
if (typeof document !== "undefined")
  document.addEventListener(
    "error",
    ({ target }) => {
      if (target instanceof HTMLLinkElement && target.rel === "stylesheet") failedStyles.add(target);
    },
    { capture: true },
  );

async function mendStyles(): Promise<void> {
  const fetched = [...failedStyles].map((link) => {
    failedStyles.delete(link);
    const again = document.createElement("link");
    again.rel = link.rel;
    again.href = link.href;
    link.replaceWith(again);
    return new Promise((done) => {
      again.addEventListener("load", done);
      again.addEventListener("error", done); // it waits for the next try
    });
  });
  await Promise.all(fetched);
}

/** Code could not be fetched. */
export class OutOfReach extends Error {}

/** Fetches code, and asks again where the network stumbled; rejects with `OutOfReach`. */
export async function fetchCode<T>(load: () => Promise<T>): Promise<T> {
  for (const wait of [...AGAIN_AFTER_MS, null]) {
    try {
      return await load();
    } catch {
      if (wait !== null) await new Promise((done) => setTimeout(done, wait));
      await mendStyles();
    }
  }
  throw new OutOfReach();
}
