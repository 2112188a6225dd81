/** Where to go after signing in: a path on this server and nothing else. */

const HERE = "http://here.invalid";

/** Returns `next` if it is a local path, else "/". Absolute, scheme-relative and backslashed addresses are not. */
export function safeNext(next: string | null): string {
  if (next?.startsWith("/") !== true) return "/";
  try {
    // The same parser as the browser's, so that "/\\host" and "/<tab>/host" are seen for what they are.
    const address = new URL(next, HERE);
    if (address.origin !== HERE || address.pathname.startsWith("//")) return "/";
    return address.pathname + address.search + address.hash;
  } catch {
    return "/";
  }
}

/** The sign-in page that leads back to `path`. */
export function loginAddress(path: string): string {
  return path === "/" ? "/login" : `/login?next=${encodeURIComponent(path)}`;
}
