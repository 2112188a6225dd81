/** Carries the secret of a share link over the sign-in page, inside this tab only. */

const KEY = "commonbook.link";

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Returns the secret of the address, else the one kept before signing in, else null. */
export function readSecret(hash: string, store: Store): string | null {
  const fresh = hash.replace(/^#/, "");
  return fresh === "" ? store.getItem(KEY) : fresh;
}

export function keepSecret(secret: string, store: Store): void {
  store.setItem(KEY, secret);
}

export function forgetSecret(store: Store): void {
  store.removeItem(KEY);
}
