/** What happens to the page and matters to its connection. */
export interface PageEvents {
  /** The network may be there again, or somebody is. */
  readonly retry: () => void;
  readonly offline: () => void;
  /** The page may be gone in a moment. */
  readonly leave: () => void;
  readonly print: () => void;
}

/** Listens to the window, where there is one; returns what ends it. */
export function listenToPage({ retry, offline, leave, print }: PageEvents): () => void {
  if (typeof window === "undefined") return () => undefined;
  const heard: readonly (readonly [string, () => void])[] = [
    ["online", retry],
    ["focus", retry],
    ["offline", offline],
    ["pagehide", leave],
    ["beforeprint", print],
  ];
  for (const [event, listener] of heard) window.addEventListener(event, listener);
  return () => {
    for (const [event, listener] of heard) window.removeEventListener(event, listener);
  };
}
