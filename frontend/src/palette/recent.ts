/** What this browser used last in the palette. */

const KEY = "commonbook.palette.recent";
const MOST = 8;

export function recent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === "string").slice(0, MOST) : [];
  } catch {
    return []; // storage is switched off, or holds something else
  }
}

export function used(id: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([id, ...recent().filter((one) => one !== id)].slice(0, MOST)));
  } catch {
    // The palette then opens in its usual order.
  }
}
