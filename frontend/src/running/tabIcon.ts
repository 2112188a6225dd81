/** A dot on the tab's icon while a run goes on, and how it ended until somebody looks. */

import type { TabState } from "./runs";

const COLORS = { running: "#2f6fde", done: "#0b7a53", failed: "#b3261e" } as const;

/** The mark with a dot, as an address. */
export function tabIcon(state: Exclude<TabState, null>): string {
  const dot = `<circle cx="22" cy="22" r="8" fill="${COLORS[state]}" stroke="#fff" stroke-width="3"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="2" width="28" height="28" rx="8" fill="#2461c9"/>${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Show it; what is returned puts the plain icon back. */
export function markTab(state: TabState): () => void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (state === null || link === null) return () => undefined;
  const before = link.href;
  link.href = tabIcon(state);
  return () => {
    link.href = before;
  };
}
