/** Where a socket is, and why none opens. */

import type { SocketLike } from "./socket";

/** The address of a websocket at `path`, which is percent-encoded. */
export function socketAddress(path: string): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}`;
}

export const openSocket = (path: string): SocketLike => new WebSocket(socketAddress(path)) as unknown as SocketLike;

/** The closing code for which no socket opens, of what HTTP answers at `path`: the browser does not say. */
export async function whyClosed(path: string): Promise<number | null> {
  try {
    const { status } = await fetch(path, { headers: { Accept: "application/json" } });
    return { 401: 4401, 403: 4403, 404: 4404, 409: 4404, 413: 4404 }[status] ?? null;
  } catch {
    return null; // offline, or the server is being restarted
  }
}
